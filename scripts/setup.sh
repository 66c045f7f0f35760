# Sourced by scripts/bench and scripts/test: finds a Vulkan adapter, or installs a software one where that is possible.

say() { printf '%s\n' "$*" >&2; }

need_rust() {
  if ! command -v cargo >/dev/null 2>&1; then
    say "cargo is not here: install Rust 1.95 or later from https://rustup.rs and run this again."
    exit 2
  fi
}

# Mesa's drivers complain on standard error without it.
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
  XDG_RUNTIME_DIR=$(mktemp -d)
  export XDG_RUNTIME_DIR
  made_runtime_dir=$XDG_RUNTIME_DIR
  trap 'rm -rf "$made_runtime_dir"' EXIT
fi

has_adapter() { "$1" devices --json 2>/dev/null | grep -q '"backend"'; }

install_with_apt() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then return 1; fi
    as_root=(sudo -n)
  fi
  say "No GPU driver found: installing Mesa's software Vulkan driver (mesa-vulkan-drivers, libvulkan1)."
  say "Set WAVELOCK_NO_INSTALL=1 to do without."
  "${as_root[@]}" apt-get update -qq >&2 &&
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
      mesa-vulkan-drivers libvulkan1 >&2
}

# find_adapter WAVELOCK_BINARY: leaves an adapter behind, or says what is missing and goes on without one.
find_adapter() {
  if has_adapter "$1"; then return 0; fi
  if [ "${WAVELOCK_NO_INSTALL:-}" != 1 ] && [ "$(uname -s)" = Linux ] && command -v apt-get >/dev/null 2>&1; then
    install_with_apt || say "Mesa's software Vulkan driver could not be installed."
  fi
  if has_adapter "$1"; then return 0; fi
  say "No Vulkan, Metal or DX12 adapter: the gpu engine is left out. To have one:"
  say "  Debian, Ubuntu:  apt-get install mesa-vulkan-drivers libvulkan1   (software; or your GPU's driver)"
  say "  Fedora:          dnf install mesa-vulkan-drivers vulkan-loader"
  say "  Arch:            pacman -S vulkan-swrast vulkan-icd-loader"
  say "  Windows:         a GPU's driver brings Vulkan; for DX12 put Microsoft's dxcompiler.dll (1.8.2502 or later) beside the program"
  say "  macOS:           nothing to install, Metal comes with the system"
}
