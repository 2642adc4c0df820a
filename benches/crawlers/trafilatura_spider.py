"""Scrapy with trafilatura: a line a page with title and text. `scrapy runspider` is given origin and settings by measure.py."""

import trafilatura
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


class Meldungen(CrawlSpider):
    name = "meldungen"
    rules = [
        Rule(LinkExtractor(allow=r"/meldungen/"), callback="parse_article", follow=True),
        Rule(LinkExtractor(allow=r"/liste/"), follow=True),
    ]

    def __init__(self, origin, **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [origin + "/"]

    def parse_article(self, response):
        article = trafilatura.bare_extraction(response.text, url=response.url, include_comments=False)
        yield {"url": response.url, "title": article.title if article else None, "text": article.text if article else None}
