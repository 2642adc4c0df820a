"""An extractor for datatrove.

    pipeline = [WarcReader("archives/"), Auslese(), JsonlWriter("records/")]
"""

from datatrove.pipeline.extractors.base import BaseExtractor
from datatrove.utils.typeshelper import StatHints

import auslese

FIELDS = ["headline", "kicker", "date_published", "language", "page_type", "confidence", "content_hash"]


class Auslese(BaseExtractor):
    """The article's text as the document's, and what else is known of it as metadata.

    datatrove runs an extractor in a process of its own, to kill it where it hangs. This one needs no such guard: its cost is
    linear in the page, and what is wrong with a page is an exception. So it works where the reader does, and nothing is sent
    to and fro.

    Args:
        profile: the profile of a site, whatever the address
        fields: of the record, what goes into the metadata
    """

    name = "🍇 auslese"
    _requires_dependencies = ["auslese"]

    def __init__(self, profile=None, fields=tuple(FIELDS)):
        super().__init__()
        self.profile, self.fields = profile, fields

    def extract(self, text):
        try:
            return auslese.extract_text(text, profile=self.profile)
        except auslese.ExtractError:  # datatrove tries it on an empty page
            return ""

    def run(self, data, rank=0, world_size=1):
        for doc in data:
            self.stat_update(StatHints.total)
            with self.track_time():
                try:
                    record = auslese.extract(doc.text, url=doc.metadata.get("url"), profile=self.profile)
                except auslese.ExtractError as error:
                    self.stat_update(error.reason)
                    continue
            if not record["text"]:
                self.stat_update(StatHints.dropped)
                continue
            doc.text = record["text"]
            doc.metadata |= {field: record[field] for field in self.fields}
            doc.metadata["authors"] = [author["name"] for author in record["authors"]]
            self.stat_update(StatHints.forwarded)
            self.update_doc_stats(doc)
            yield doc
