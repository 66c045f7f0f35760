//! Standard streams that are closed, full or gone.

#[cfg(unix)]
use crate::world::one_object;
use crate::world::{Run, World};
use std::io::pipe;

const COMMANDS: [&str; 4] = [
    "--help",
    "devices --json",
    "validate --block block.bin --state state.bin --engine parallel",
    "validate --block block.bin --state state.bin --engine parallel --json",
];

#[test]
fn a_reader_who_is_gone_is_no_failure() {
    let world = World::new();
    for line in COMMANDS {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut command = world.command(line.split_whitespace());
        let run = Run::new(line, command.stdout(writer).output().expect("the program runs"));
        assert!(!run.stderr.contains("panicked") && !run.stderr.contains("error: standard output"), "{run:?}");
        run.done();
    }
    // What was asked for is written all the same.
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let mut command = world.command(["validate", "--block=block.bin", "--state=state.bin", "--receipts=receipts"]);
    assert!(command.stdout(writer).status().expect("the program runs").success());
    assert_eq!(world.text("receipts").lines().count(), 11);
}

#[cfg(unix)]
fn in_shell(world: &World, redirection: &str, line: &str) -> Run {
    let program = env!("CARGO_BIN_EXE_wavelock");
    let command = world.command([""; 0]);
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg(format!("exec '{program}' {line} {redirection}"));
    shell.current_dir(command.get_current_dir().expect("a folder"));
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Run::new(line, shell.output().expect("a shell"))
}

#[test]
#[cfg(unix)]
fn closed_streams() {
    let world = World::new();
    let validate = "validate --block block.bin --state state.bin --json";
    let value = one_object(&in_shell(&world, "<&-", validate).done());
    assert_eq!(value["applied"], 4);
    assert_eq!(in_shell(&world, ">&-", validate).done(), "");
    assert_eq!(in_shell(&world, "2>&-", "validate --block missing --state state.bin").status, Some(2));
    assert_eq!(in_shell(&world, "<&- >&- 2>&-", "validate --warp").status, Some(2));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_named() {
    let world = World::new();
    let validate = "validate --block block.bin --state state.bin";
    in_shell(&world, ">/dev/full", validate).refused(&["error: standard output: "]);
    assert_eq!(in_shell(&world, "2>/dev/full", "validate --block missing --state state.bin").status, Some(2));
    in_shell(&world, "", &format!("{validate} --receipts /dev/full")).refused(&["error: /dev/full: "]);
}

#[test]
#[cfg(unix)]
fn blocks_come_through_pipes() {
    let world = World::new();
    let line = "validate --block /dev/stdin --state state.bin --json";
    let value = one_object(&in_shell(&world, "<block.bin", line).done());
    assert_eq!(value["applied"], 4);
}
