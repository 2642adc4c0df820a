//! The generated site, and two ways of crawling it where it is served at `ORIGIN`, for `benches/crawlers/compare`:
//!
//! ```text
//! auslese-crawlers site FOLDER PAGES BYTES       write the site as files
//! auslese-crawlers bare ORIGIN PAGES OUTPUT      fetch and parse known addresses, write a line each
//! auslese-crawlers spider ORIGIN PAGES OUTPUT    find them by the crate `spider`, keep title and text, write a line each
//! ```
//! The last two write the title and the text of all paragraphs. Neither has a state, a pace, robots.txt, roles or dates.

mod demo;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use demo::Generated;
use scraper::{Html, Selector};
use serde_json::json;
use tokio::task::JoinSet;

/// Requests at once.
const AT_ONCE: usize = 16;

/// Pages that `spider` may be ahead of who reads them: more than there are, or it drops some.
#[cfg(feature = "spider")]
const CHANNEL: usize = 1 << 16;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where lines go; how many went there.
struct Lines {
    file: Mutex<(BufWriter<File>, usize)>,
    title: Selector,
    paragraph: Selector,
}

impl Lines {
    fn create(path: &str) -> Result<Arc<Self>, Failure> {
        let selector = |css: &str| Selector::parse(css).map_err(|error| error.to_string());
        let file = Mutex::new((BufWriter::new(File::create(path)?), 0));
        Ok(Arc::new(Self { file, title: selector("title")?, paragraph: selector("p")? }))
    }

    fn take(&self, url: &str, page: &str) {
        let tree = Html::parse_document(page);
        let text = |selector| {
            let texts = tree.select(selector).map(|element| element.text().collect::<String>());
            texts.collect::<Vec<_>>().join("\n")
        };
        let line = json!({ "url": url, "title": text(&self.title), "text": text(&self.paragraph) });
        let mut file = self.file.lock().expect("no thread panics");
        writeln!(file.0, "{line}").expect("the disk takes it");
        file.1 += 1;
    }

    fn finish(&self) -> Result<usize, Failure> {
        let mut file = self.file.lock().expect("no thread panics");
        file.0.flush()?;
        Ok(file.1)
    }
}

async fn bare(origin: &str, pages: usize, lines: &Arc<Lines>) -> Result<(), Failure> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().pool_max_idle_per_host(AT_ONCE).build()?;
    let mut tasks: JoinSet<Result<(), Failure>> = JoinSet::new();
    for number in 0..pages {
        if tasks.len() >= AT_ONCE {
            tasks.join_next().await.expect("some run")??;
        }
        let (client, lines) = (client.clone(), Arc::clone(lines));
        let url = format!("{origin}{}", Generated::article_path(number));
        tasks.spawn(async move {
            let page = client.get(&url).send().await?.error_for_status()?.text().await?;
            tokio::task::spawn_blocking(move || lines.take(&url, &page)).await?;
            Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

#[cfg(feature = "spider")]
async fn spider(origin: &str, lines: &Arc<Lines>) -> Result<(), Failure> {
    let mut website = spider::website::Website::new(&format!("{origin}/"));
    website.with_respect_robots_txt(false).with_delay(0).with_limit(u32::MAX);
    let mut pages = website.subscribe(CHANNEL);
    let lines = Arc::clone(lines);
    let reader = tokio::spawn(async move {
        loop {
            match pages.recv().await {
                Ok(page) if page.get_url().contains("/meldungen/") => lines.take(page.get_url(), &page.get_html()),
                Ok(_) => {}
                Err(spider::tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(spider::tokio::sync::broadcast::error::RecvError::Closed) => return,
            }
        }
    });
    website.crawl().await;
    website.unsubscribe();
    drop(website);
    reader.await?;
    Ok(())
}

fn write_site(folder: &str, articles: usize, page_bytes: usize) -> Result<(), Failure> {
    let site = Generated { articles, page_bytes, seed: 1 }.site();
    for (path, body) in &site.routes {
        // A path that ends in a slash is a folder with its index.
        let end = if path.ends_with('/') { "index.html" } else { "" };
        let file = Path::new(folder).join(format!("{}{end}", path.trim_start_matches('/')));
        std::fs::create_dir_all(file.parent().ok_or("a file without a folder")?)?;
        std::fs::write(file, body)?;
    }
    println!("{} pages in {folder}", site.routes.len());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [mode, origin, pages, output] = words.as_slice() else {
        return Err("usage: auslese-crawlers site FOLDER PAGES BYTES | bare|spider ORIGIN PAGES OUTPUT".into());
    };
    if mode == "site" {
        return write_site(origin, pages.parse()?, output.parse()?);
    }
    let lines = Lines::create(output)?;
    match mode.as_str() {
        "bare" => bare(origin, pages.parse()?, &lines).await?,
        #[cfg(feature = "spider")]
        "spider" => spider(origin, &lines).await?,
        other => return Err(format!("`{other}` is none of site, bare and spider").into()),
    }
    println!("{}", lines.finish()?);
    Ok(())
}
