//! The command line; see `wavelock::cli`.

/// Shaders are compiled on the thread that asks for them, and main threads have 1 MiB on Windows.
const STACK_BYTES: usize = 16 << 20;

fn main() -> std::process::ExitCode {
    let main = std::thread::Builder::new().name("main".into()).stack_size(STACK_BYTES).spawn(wavelock::cli::main);
    match main.expect("the system has room for a thread").join() {
        Ok(code) => code,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
