//! `wavelock bench` after the measuring: its JSON, its page, the README's table and picture, and comparisons.

mod browser;
mod compare;
mod page;
mod sample;
mod schema;

use libtest_mimic::{Arguments, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use wavelock::bench::Report;

/// The repository's own files.
fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    let path = source(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs the program in `folder`.
fn wavelock(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wavelock"));
    // Mesa complains where it is missing.
    command.env("XDG_RUNTIME_DIR", folder);
    command.current_dir(folder).args(arguments).output().expect("the program starts")
}

/// Standard output of a run that went well and said nothing on standard error.
fn done(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{:?}: {complaint}", output.status);
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn write(path: &Path, report: &Report) {
    fs::write(path, serde_json::to_string_pretty(report).expect("numbers and strings")).expect("a file");
}

/// Every committed report can be read, and a page made of it.
fn committed_reports_are_readable() {
    let mut found = 0;
    for folder in fs::read_dir(source("results")).into_iter().flatten().flatten() {
        for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let path = file.path();
            // Fault campaigns have a format of their own.
            let faults = path.file_name().is_some_and(|name| name.to_string_lossy().contains("-faults"));
            if path.extension().is_some_and(|extension| extension == "json") && !faults {
                let report = Report::read(&fs::read_to_string(&path).expect("a file"));
                let report = report.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                page::check(&wavelock::bench::report::page(&report));
                found += 1;
            }
        }
    }
    // The published package has no results.
    assert!(found > 0 || !source("results").exists());
}

/// The report that the README's table and picture are made from: the file that it names in a comment.
fn readme_report(readme: &str) -> Option<&str> {
    readme.split("<!-- ").skip(1).find_map(|rest| {
        let comment = rest.split(" -->").next()?;
        (comment.starts_with("results/") && comment.ends_with(".json")).then_some(comment)
    })
}

fn readme_has_the_table_of_its_report() {
    let readme = text("README.md");
    let file = readme_report(&readme).expect("README.md has a comment <!-- results/….json --> that names its report");
    if !source("results").exists() {
        return;
    }
    let table = done(&wavelock(&source("."), &["bench", "--from", file, "--readme"]));
    assert!(readme.contains(&table), "README.md does not have the table of {file}, which is:\n{table}");
}

fn readme_has_the_picture_of_its_report() {
    let readme = text("README.md");
    let file = readme_report(&readme).expect("README.md has a comment <!-- results/….json --> that names its report");
    if !source("results").exists() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let made = folder.path().join("picture.svg");
    done(&wavelock(&source("."), &["bench", "--from", file, "--picture", made.to_str().expect("a path"), "--readme"]));
    let made = fs::read_to_string(made).expect("a picture");
    roxmltree::Document::parse(&made).expect("XML");
    assert!(readme.contains("docs/bench.svg"), "README.md shows the picture");
    assert!(made == text("docs/bench.svg"), "docs/bench.svg is not the picture of {file}");
}

/// The schema holds for a report with everything in it, and for what the program writes.
fn reports_are_as_the_schema_says() {
    let schema: serde_json::Value = serde_json::from_str(&text("docs/bench-schema.json")).expect("JSON");
    let sample = serde_json::to_value(sample::report()).expect("JSON");
    assert_eq!(schema::faults(&schema, &sample), [""; 0]);
    // What is wrong is found.
    for (place, wrong) in [("/rows/0/scope", "sleep"), ("/rows/3/per_second", "7"), ("/schema", "wavelock-bench/2")] {
        let mut broken = sample.clone();
        *broken.pointer_mut(place).expect("a place") = wrong.into();
        assert_eq!(schema::faults(&schema, &broken).len(), 1, "{place}");
    }
    let mut broken = sample.clone();
    broken["rows"][0].as_object_mut().expect("a row").remove("ran");
    assert_eq!(schema::faults(&schema, &broken), ["/rows/0: ran is missing"]);

    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["bench", "--scope", "root", "--json", "root.json", "--html", "root.html"];
    let printed = done(&wavelock(folder.path(), &arguments));
    assert!(printed.contains("state root, accounts/s") && !printed.contains('\u{1b}'), "{printed}");
    let written = fs::read_to_string(folder.path().join("root.json")).expect("a report");
    let value: serde_json::Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(schema::faults(&schema, &value), [""; 0]);
    assert!(value["rows"].as_array().is_some_and(|rows| rows.len() >= 4));
    page::check(&fs::read_to_string(folder.path().join("root.html")).expect("a page"));
    // Known keys have to be in the schema: what the program writes must not grow past it unnoticed.
    let known =
        |part: &str| schema.pointer(part).and_then(|part| part.as_object()).expect("a part of the schema").clone();
    let (rows, machine) = (known("/$defs/row/properties"), known("/$defs/machine/properties"));
    let unknown = |value: &serde_json::Value, known: &serde_json::Map<String, serde_json::Value>| -> Vec<String> {
        value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .filter(|name| !known.contains_key(name))
            .collect()
    };
    for row in value["rows"].as_array().into_iter().flatten().chain(sample["rows"].as_array().into_iter().flatten()) {
        assert_eq!(unknown(row, &rows), [""; 0]);
    }
    assert_eq!(unknown(&value["machine"], &machine), [""; 0]);
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trial = |name: &str, test: fn()| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let trials = vec![
        trial("committed reports are readable", committed_reports_are_readable),
        trial("readme table", readme_has_the_table_of_its_report),
        trial("readme picture", readme_has_the_picture_of_its_report),
        trial("schema", reports_are_as_the_schema_says),
        trial("page: charts and their tables", page::charts_have_the_points_of_their_tables),
        trial("page: nothing from elsewhere", page::nothing_comes_from_elsewhere),
        trial("page: what was not measured", page::what_was_not_measured_is_said),
        trial("compare: identical", compare::identical_runs),
        trial("compare: slower", compare::a_slower_engine),
        trial("compare: what is no report", compare::what_is_no_report),
        browser::trial(),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}
