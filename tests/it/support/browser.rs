//! Pages in a real browser: Chromium from Debian's packages, headless.

use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use super::tools;

/// A page as the browser has it once its script ran, and what it looks like.
pub(crate) struct Shown {
    pub(crate) dom: String,
    /// Messages on the console.
    pub(crate) console: Vec<String>,
    /// Red, green and blue of the first pixel.
    pub(crate) corner: [u8; 3],
}

/// Opens a page in Chromium. `None` where that is not installed.
pub(crate) fn show(page: &Path, dark: bool) -> Option<Shown> {
    let program = tools::program("chromium")?;
    let sandbox = tempfile::tempdir().unwrap();
    let picture = sandbox.path().join("picture.png");
    let done = Command::new(program)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"])
        .args(["--hide-scrollbars", "--window-size=1280,800", "--dump-dom"])
        .arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)))
        .arg(format!("--user-data-dir={}", sandbox.path().join("profile").display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&done.stderr);
    let console = words.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    let dom = String::from_utf8(done.stdout).unwrap();
    assert!(dom.contains("</html>"), "nothing was shown: {words}");
    Some(Shown { dom, console, corner: corner(&std::fs::read(picture).unwrap()) })
}

/// The first pixel of a PNG (ISO/IEC 15948): no filter changes it, as nothing stands before it.
fn corner(png: &[u8]) -> [u8; 3] {
    let (mut at, mut data) = (8, Vec::new());
    while at + 12 <= png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        if &png[at + 4..at + 8] == b"IDAT" {
            data.extend_from_slice(&png[at + 8..at + 8 + length]);
        }
        at += 12 + length;
    }
    let mut first = [0; 4];
    flate2::read::ZlibDecoder::new(&data[..]).read_exact(&mut first).unwrap();
    [first[1], first[2], first[3]]
}
