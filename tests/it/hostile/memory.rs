//! Memory for pages of the worst shapes, as Linux counts it for a process of each.

use std::process::Command;

use super::extract_html;
use super::shapes::SHAPES;

/// Bytes of each page, roughly. Small pages take more by their size: what is kept of up to 20,000 blocks does not shrink with them.
const SIZE: usize = 3 << 20;
/// Memory at the peak, by the size of the page, at most.
const TIMES: f64 = 20.0;
/// Names the shape to the process that reads it.
const SHAPE: &str = "AUSLESE_TEST_SHAPE";

/// A figure of this process, in bytes.
fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    1024 * line.trim().trim_end_matches(" kB").parse::<usize>().unwrap()
}

#[test]
fn no_shape_takes_more_than_twenty_times_its_size() {
    if let Ok(name) = std::env::var(SHAPE) {
        return read(&name);
    }
    let mut over = Vec::new();
    for (name, ..) in SHAPES {
        let own = std::env::current_exe().unwrap();
        let test = "hostile::memory::no_shape_takes_more_than_twenty_times_its_size";
        let output = Command::new(own).args(["--exact", test, "--nocapture"]).env(SHAPE, name).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let figure = said.lines().find_map(|line| line.strip_prefix("times "));
        let times: f64 = figure.unwrap_or_else(|| panic!("{name}: {said}")).parse().unwrap();
        println!("{name:<24} {times:>5.1} times");
        if times > TIMES {
            over.push(format!("{name}: {times:.1}"));
        }
    }
    assert!(over.is_empty(), "{over:?}");
}

/// Reads a page of the shape and prints what that took, by its size.
fn read(name: &str) {
    let (_, size, shape) = SHAPES.iter().find(|(known, ..)| *known == name).unwrap();
    // What is made once, weights and patterns, is not a page's.
    extract_html("<p>Die Fähre kommt um neun, [1.2.2020] der Wind kommt später.</p>".repeat(50)).unwrap();
    let page = shape(size * SIZE / shape(*size).len());
    let (length, before) = (page.len(), status("VmRSS"));
    extract_html(page).unwrap();
    println!("\ntimes {:.2}", (status("VmHWM") - before) as f64 / length as f64);
}
