//! Two runs against each other, through the program. How noise is told from change has its tests in the library.

use crate::{done, sample, wavelock, write};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("old.json"), &sample::report());
    folder
}

fn compare(folder: &Path, new: &str) -> (Option<i32>, String, String) {
    let output = wavelock(folder, &["bench", "--compare", "old.json", new]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

pub fn identical_runs() {
    let folder = folder();
    let text = done(&wavelock(folder.path(), &["bench", "--compare", "old.json", "old.json"]));
    assert!(text.contains("0 slower and 0 faster beyond noise"), "{text}");
}

pub fn a_slower_engine() {
    let folder = folder();
    let mut slower = sample::report();
    for row in slower.rows.iter_mut().filter(|row| row.engine == "gpu" && row.scope == "execute") {
        row.per_second /= 1.1;
        row.samples_s.iter_mut().for_each(|sample| *sample *= 1.1);
    }
    write(&folder.path().join("slower.json"), &slower);
    let (status, text, complaint) = compare(folder.path(), "slower.json");
    assert_eq!(status, Some(1), "{text}{complaint}");
    assert!(complaint.contains("as a whole gpu execute by 1.10 times"), "{complaint}");
    assert!(text.contains("execute gpu") && text.contains("slower"), "{text}");
    // The other way round it is an improvement.
    write(&folder.path().join("old.json"), &slower);
    write(&folder.path().join("faster.json"), &sample::report());
    let (status, text, complaint) = compare(folder.path(), "faster.json");
    assert_eq!((status, complaint.as_str()), (Some(0), ""), "{text}");
    assert!(text.contains("faster"), "{text}");
}

pub fn what_is_no_report() {
    let folder = folder();
    fs::write(folder.path().join("other.json"), "{\n  \"rows\": 7\n}\n").expect("a file");
    fs::write(folder.path().join("cut.json"), "{\n  \"schema\": \"wavelock-bench/1\",\n  \"rows\": [").expect("a file");
    let mut elsewhere = sample::report();
    elsewhere.machine["processor"] = "Another".into();
    write(&folder.path().join("elsewhere.json"), &elsewhere);
    for (file, because) in [
        ("missing.json", "missing.json"),
        ("other.json", "other.json: schema is none: expected \"wavelock-bench/1\""),
        ("cut.json", "cut.json: line 3: no report of wavelock bench"),
        ("elsewhere.json", "expected two runs of one machine"),
    ] {
        let (status, text, complaint) = compare(folder.path(), file);
        assert_eq!((status, text.as_str()), (Some(2), ""), "{file}: {complaint}");
        assert!(complaint.contains(because), "{file}: {complaint}");
    }
    for line in [
        "bench --from other.json",
        "bench --from old.json --suite full",
        "bench --compare old.json",
        "bench --compare old.json old.json --html x.html",
    ] {
        let output = wavelock(folder.path(), &line.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(output.stdout.is_empty() && !folder.path().join("x.html").exists(), "{line}");
    }
}
