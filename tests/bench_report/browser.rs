//! The page in a real browser, where one is installed: nothing complains, every figure is laid out, nothing sticks out
//! on a phone.

use crate::sample;
use libtest_mimic::Trial;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wavelock::bench::report::page;

/// What the page is asked once it is laid out; the answer goes to the page around it.
const QUESTION: &str = "<script>addEventListener('load', () => {
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  const figures = all('figure.chart').map(figure => {
    const box = figure.querySelector('svg').getBoundingClientRect();
    const inside = all('.pt', figure).filter(point => {
      const place = point.getBoundingClientRect();
      return place.left >= box.left - 1 && place.right <= box.right + 1
        && place.top >= box.top - 1 && place.bottom <= box.bottom + 1;
    });
    const clipped = all('svg text', figure).filter(text => {
      const place = text.getBoundingClientRect();
      return place.left < box.left - 1 || place.right > box.right + 1;
    });
    const values = all('table[data-of] .v', figure).length;
    return [figure.id, inside.length, values, clipped.map(text => text.textContent).join('|'), box.width > 200];
  });
  const root = document.documentElement;
  parent.postMessage(JSON.stringify({ figures, width: innerWidth, overflow: root.scrollWidth - root.clientWidth }), '*');
});</script></body>";

/// A window has a least width, a frame has none: the page is looked at in one, and its answer becomes the title.
fn frame(width: u32) -> String {
    format!(
        "<!DOCTYPE html><title></title><script>addEventListener('message', said => {{ document.title = said.data; }});\
         </script><iframe src='page.html' width='{width}' height='900' style='border:0'></iframe>"
    )
}

/// The browser, where it has a usual name.
fn browser() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    std::env::split_paths(&folders).flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.is_file())
}

/// Ignored, visibly, where no browser is installed.
pub fn trial() -> Trial {
    let found = browser();
    let missing = found.is_none();
    let name = if missing { "page in a browser: no chromium here" } else { "page in a browser" };
    Trial::test(name, move || {
        let browser = found.ok_or("no browser")?;
        opens_without_complaint(&browser);
        Ok(())
    })
    .with_ignored_flag(missing)
}

/// The page after it was laid out, and what the browser's console said.
fn open(browser: &Path, folder: &Path, page: &str, width: u32) -> (String, Vec<String>) {
    let file = folder.join("frame.html");
    fs::write(folder.join("page.html"), page).expect("a file");
    fs::write(&file, frame(width)).expect("a file");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"])
        .args(["--disable-dev-shm-usage", "--enable-logging=stderr", "--log-level=0", "--dump-dom"])
        .args(["--window-size=1400,900", "--virtual-time-budget=5000"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("the browser starts");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    let console = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), console)
}

fn answer(dom: &str) -> serde_json::Value {
    let title = dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
    serde_json::from_str(title).unwrap_or_else(|error| panic!("the page did not answer ({error}): {title}"))
}

fn opens_without_complaint(browser: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    // The console is heard at all.
    let broken = "<!DOCTYPE html><title>x</title><script>nobody.home()</script>";
    assert_eq!(open(browser, folder.path(), broken, 800).1.len(), 1, "a broken page must be heard");

    let page = page(&sample::report());
    let asked = page.replace("</body>", QUESTION);
    let figures = page.matches("<figure").count();
    for width in [1280, 390] {
        let (dom, console) = open(browser, folder.path(), &asked, width);
        assert_eq!(console, [""; 0], "at {width}");
        let answer = answer(&dom);
        assert_eq!(answer["width"], width, "the frame is as wide as asked");
        assert_eq!(answer["overflow"], 0, "at {width} the page is wider than the window");
        let laid_out = answer["figures"].as_array().expect("figures");
        assert!(laid_out.len() == figures && figures > 10, "{answer}");
        for figure in laid_out {
            assert!(figure[1].as_u64() > Some(0) && figure[1] == figure[2], "points inside and values: {figure}");
            assert_eq!((&figure[3], &figure[4]), (&"".into(), &true.into()), "text cut off: {figure}");
        }
    }
}
