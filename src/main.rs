//! The command line; see `wavelock::cli`.

fn main() -> std::process::ExitCode {
    wavelock::cli::main()
}
