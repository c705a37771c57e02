#!/usr/bin/env bash
# The environment of dendrolith in one command: DOLFINx, PETSc, MPI and the Python layer.
#   ./env.sh run CMD [ARG..]  set up on first use, then CMD inside: same paths, user, pid and tty
#   ./env.sh setup            set up only (does nothing when it is there already)
#   ./env.sh check            exit 0 when ready (a few ms); prints where it is
#   ./env.sh clean [--all]    remove what is stale (or everything)
# An active venv, conda or system Python with DOLFINx >= 0.9 is used; else apt where it offers it;
# else a private Debian root in .env (no container engine needed).
# Settings: DENDROLITH_ENV=auto|host|apt|root   which of these ways (default auto)
#           DENDROLITH_ENV_DIR=dir              where it lives (default .env)
#           DENDROLITH_SUITE=trixie|sid         Debian suite of the private root
#           DENDROLITH_EXTRAS=test,networks     optional dependencies of pyproject.toml to install
#           DENDROLITH_MIRROR=URI               Debian mirror (default: the one that apt uses here)
set -euo pipefail

RECIPE=1  # raise it when this script changes what is built
MIN=0.9   # oldest DOLFINx that is used
HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=${DENDROLITH_REPO:-$(git -C "$HERE" rev-parse --show-toplevel 2>/dev/null || echo "$HERE")}
LISTS=$REPO/docker
DIR=${DENDROLITH_ENV_DIR:-$REPO/.env}
LOG=$DIR/setup.log
SUITE=${DENDROLITH_SUITE:-trixie}
WANT=${DENDROLITH_ENV:-auto}
EXTRAS=${DENDROLITH_EXTRAS-test,networks}
SYS_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

say() { printf '%s\n' "env: $*" >&2; }
die() { say "$*"; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }
have() { command -v "$1" >/dev/null; }
packages() { # LIST..: the words of package lists
  (cd "$LISTS" && cat -- "$@") | sed -e 's/#.*//' | tr -s ' \t\n' '\n' | sed '/^$/d'
}
# A private root takes what only tests need too; nobody else's machine gets daemons of a batch system.
root_packages() {
  case ,$EXTRAS, in *,test,*) packages packages.txt packages-test.txt ;; *) packages packages.txt ;; esac
}

# Keys: what the root and the Python layer are made from. One hash each, no python, no apt.
root_key() {
  { echo "$RECIPE $SUITE $(uname -m) $(id -u)"; root_packages; } | sha256sum | cut -c1-12
}
venv_key() {
  { echo "$RECIPE $1 $EXTRAS $REPO"; cat "$REPO/pyproject.toml"; } | sha256sum | cut -c1-12
}

# ------------------------------------------------------------------ entering a private root
# An exec chain only (unshare -> bash -> chroot -> env -> CMD): signals, exit code and tty are
# CMD's own. A private tmpfs is the new /: usr, etc and var from the root, every other top-level
# folder from the host, so every path of the user is the same inside.
enter() { # ROOT VENV CMD...
  local root=$1 venv=$2 d
  shift 2
  for d in "$PWD" "$REPO" "$DIR"; do
    case $d/ in
      /var/tmp/*) ;;
      /usr/* | /etc/* | /var/*) die "$d is not visible inside the root: move it out of /usr, /etc, /var" ;;
    esac
  done
  local user=() drop=() new="${TMPDIR:-/tmp}/.dendrolith-enter-$(id -u)"
  mkdir -p -m 700 "$new"
  if ! is_root; then
    user=(--user --map-current-user --keep-caps)
    drop=(/usr/bin/setpriv --inh-caps=-all --ambient-caps=-all)
  fi
  exec env PATH="$SYS_PATH" unshare "${user[@]}" --mount --propagation private -- \
    /bin/bash -euc "$MOUNT_AND_CHROOT" dendrolith-enter "$root" "$new" "${drop[@]}" \
    /usr/bin/env --chdir="$PWD" \
    -u PYTHONPATH -u PYTHONHOME -u LD_LIBRARY_PATH -u LD_PRELOAD -u PYENV_VERSION -u CONDA_PREFIX \
    PATH="${venv:+$venv/bin:}$SYS_PATH" VIRTUAL_ENV="$venv" "$@"
}
# shellcheck disable=SC2016  # expanded by the inner shell
MOUNT_AND_CHROOT='
  root=$1 new=$2; shift 2
  mount -t tmpfs -o mode=755,size=4m dendrolith-root "$new"
  host=()
  for d in /*; do
    case $d in /usr | /etc | /var | /bin | /sbin | /lib* | /boot | /lost+found) continue ;; esac
    if [ -d "$d" ] && [ ! -L "$d" ]; then host+=("$d"); fi
  done
  mkdir -p "$new"/usr "$new"/etc "$new"/var "${host[@]/#/$new}"
  for d in usr etc var; do mount --rbind "$root/$d" "$new/$d"; done
  for d in bin sbin lib lib64; do [ ! -L "$root/$d" ] || ln -s "usr/$d" "$new/$d"; done
  for d in "${host[@]}" /var/tmp; do mount --rbind "$d" "$new$d"; done
  for f in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs; do
    if [ -e "$f" ] && [ -e "$new$f" ]; then mount --bind "$(readlink -f "$f")" "$new$f"; fi
  done
  uid=$(id -u) gid=$(id -g)
  if ! grep -q "^[^:]*:[^:]*:$uid:" "$root/etc/passwd"; then
    { cat "$root/etc/passwd"; getent passwd "$uid" || echo "user:x:$uid:$gid::$HOME:/bin/bash"; } >"$new/.passwd"
    { cat "$root/etc/group"; getent group "$gid" || echo "user:x:$gid:"; } >"$new/.group"
    mount --bind "$new/.passwd" "$new/etc/passwd"
    mount --bind "$new/.group" "$new/etc/group"
  fi
  exec chroot "$new" "$@"'

# Settings that every kind of environment wants; the user's own always win.
settings() {
  export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
  # FFCx adds the terms of a form in the order of Python's sets: let it be the same in every cache
  export PYTHONHASHSEED=${PYTHONHASHSEED:-0}
  if is_root; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  # On one host shared memory is all that MPI needs (and no warnings of the network layers);
  # never so on several nodes.
  local nodes=${SLURM_JOB_NUM_NODES:-${SLURM_NNODES:-1}}
  local managed=${PBS_NODEFILE:-}${PE_HOSTFILE:-}${LSB_DJOB_HOSTFILE:-}
  local chosen=${OMPI_MCA_btl:-}${PRTE_MCA_prte_default_hostfile:-}
  if [ "$nodes" = 1 ] && [ -z "$managed$chosen" ]; then
    export OMPI_MCA_btl=self,sm
    # Without a batch system several mpirun side by side would all be bound to core 0, and more
    # ranks than cores refused.
    if [ -z "${SLURM_JOB_ID:-}" ]; then
      export PRTE_MCA_hwloc_default_binding_policy=${PRTE_MCA_hwloc_default_binding_policy:-none}
      export PRTE_MCA_rmaps_default_mapping_policy=${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}
    fi
  fi
}

# ------------------------------------------------------------------ what is there
# .env/current holds one line: KIND ROOT VENV KEY
state() { [ -f "$DIR/current" ] && IFS=$'\t' read -r KIND ROOT VENV KEY <"$DIR/current"; }
ready() {
  state || return 1
  case $WANT in auto | "$KIND") ;; *) return 1 ;; esac
  [ -x "$VENV/bin/pip" ] && [ -f "$VENV/.ok" ] && [ "$KEY" = "$(venv_key "$ROOT")" ] || return 1
  [ "$KIND" != root ] || { [ "$ROOT" = "$DIR/root-$(root_key)" ] && [ -f "$ROOT/.ok" ]; }
}
has_dolfinx() { # PYTHON: true when it has DOLFINx >= MIN; asks the metadata, imports nothing
  "$1" - "$MIN" 2>/dev/null <<'PY'
import sys, importlib.metadata as metadata
version = lambda text: tuple(int(part) for part in text.split(".")[:2])
for name in ("fenics-dolfinx", "dolfinx"):
    try:
        found = version(metadata.version(name))
    except metadata.PackageNotFoundError:
        continue
    sys.exit(found < version(sys.argv[1]))
sys.exit(1)
PY
}
find_python() { # prints the first python here that has DOLFINx
  local py
  for py in "${VIRTUAL_ENV:+$VIRTUAL_ENV/bin/python}" "${CONDA_PREFIX:+$CONDA_PREFIX/bin/python}" \
    /usr/bin/python3; do
    if [ -n "$py" ] && [ -x "$py" ] && has_dolfinx "$py"; then echo "$py"; return; fi
  done
  return 1
}
apt_offers_dolfinx() {
  is_root && have apt-get || return 1
  # Debian 12 and older cannot have it; elsewhere the lists may be empty or old
  if (. /etc/os-release; [ "$ID" = debian ] && [ "${VERSION_ID:-99}" -lt 13 ]); then return 1; fi
  apt-get update -qq >>"$LOG" 2>&1 || :
  local candidate
  candidate=$(LC_ALL=C apt-cache policy python3-dolfinx-real 2>/dev/null |
    sed -n 's/ *Candidate: *\([0-9]*:\)\{0,1\}//p')
  [ -n "$candidate" ] && [ "$candidate" != "(none)" ] && dpkg --compare-versions "$candidate" ge "$MIN"
}

# ------------------------------------------------------------------ making it
apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
    install -y -qq --no-install-recommends "$@" >>"$LOG" 2>&1
}
offered() { # of the packages, those that apt has here; whoever needs another one finds it said
  local name
  while read -r name; do
    if apt-cache show "$name" >/dev/null 2>&1; then echo "$name"; else say "apt has no $name here"; fi
  done
}
tools_for_root() { # what making a root needs and a minimal Debian lacks
  local missing=()
  have mmdebstrap || missing+=(mmdebstrap)
  have mount || missing+=(mount)
  [ -f /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)
  is_root || have newuidmap || missing+=(uidmap)
  [ ${#missing[@]} -gt 0 ] || return 0
  is_root && have apt-get ||
    die "a private root needs ${missing[*]}: have an administrator install them, or use conda or Docker"
  apt-get update -qq >>"$LOG" 2>&1 || :
  apt_install "${missing[@]}" || die "could not install ${missing[*]}, see $LOG"
}
apt_sources() { # 'URI SUITE' lines: what apt uses here, with the suite replaced
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' \
    "Architecture: $(dpkg --print-architecture)" 2>/dev/null |
    awk -v suite="$SUITE" '
      $1 != "Debian" { next }
      { t = suite }
      $3 ~ /-security$/ { t = suite "-security" }
      $3 ~ /-updates$/ { t = suite "-updates" }
      $3 ~ /-/ && t == suite { next }
      suite == "sid" && t != suite { next }
      { print $2, t }' | sort -u
}
deb_lines() { # sources.list of the new root; none: mmdebstrap uses its own default
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg uri suite
  if [ -n "${DENDROLITH_MIRROR:-}" ]; then echo "$DENDROLITH_MIRROR $SUITE"; else apt_sources; fi |
    while read -r uri suite; do echo "deb $([ ! -f $keys ] || echo "[signed-by=$keys]") $uri $suite main"; done
}
make_root() { # ROOT
  local root=$1 build=$DIR/.build-${1##*/} mode=unshare namespace=() options=() lines line
  tools_for_root
  lines=$(deb_lines)
  # apt names its sources only once their lists are here
  if [ -z "$lines" ] && is_root && have apt-get; then
    apt-get update -qq >>"$LOG" 2>&1 || :
    lines=$(deb_lines)
  fi
  # apt settings that reaching the mirror depends on here (proxy, certificates, frozen archives)
  while IFS= read -r line; do options+=("--aptopt=$line"); done < <(
    apt-config dump 2>/dev/null | grep -v '""' |
      grep -E '^Acquire::(https?::|Retries|Check-|Max-ValidTime|ForceIPv)' || :)
  for line in doc man info locale javascript/mathjax; do
    options+=("--dpkgopt=path-exclude=/usr/share/$line/*")
  done
  # mounts of a build live in its own namespace and die with it
  if is_root; then mode=root; namespace=(unshare --mount --propagation private --); fi
  discard "$build"
  say "making a private Debian $SUITE root with DOLFINx (once, 1 to 4 minutes, 2.7 GB); log: $LOG"
  printf '%s\n' "$lines" | sed '/^$/d' |
    env -u TMPDIR PATH="$SYS_PATH" "${namespace[@]}" mmdebstrap --mode=$mode --variant=apt \
      --format=directory --include="$(root_packages | paste -sd,)" "${options[@]}" \
      --dpkgopt=force-unsafe-io --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
      --customize-hook='touch "$1/etc/pip.conf" "$1/etc/hosts" "$1/etc/resolv.conf"' \
      --customize-hook='mkdir -p "$1/etc/ssl/certs"; : >"$1/.ok"' \
      "$SUITE" "$build" ${lines:+-} >>"$LOG" 2>&1 || {
    tail -n 15 "$LOG" >&2
    discard "$build"
    die "the root could not be made, see $LOG"
  }
  mv -T "$build" "$root"
}
discard() { # remove a root; one made by an ordinary user belongs to that user's sub-ids
  [ -e "$1" ] || return 0
  if is_root; then rm -rf --one-file-system "$1"
  else unshare --user --map-auto --map-root-user -- rm -rf --one-file-system "$1"; fi
}
make_venv() { # ROOT or 'host', VENV, PYTHON
  local where=$1 venv=$2 python=$3
  inside() { if [ "$where" = host ]; then "$@"; else (enter "$where" "" "$@"); fi; }
  say "python layer: pip install -e"
  rm -rf "$venv"
  inside "$python" -m venv --system-site-packages "$venv" >>"$LOG" 2>&1 ||
    { tail -n 5 "$LOG" >&2; die "no venv could be made, see $LOG"; }
  # pip must not replace what belongs to the compiled stack
  inside "$python" -m pip list --format=freeze 2>/dev/null |
    grep -E '^(numpy|scipy|matplotlib|mpi4py|petsc4py|gmsh|fenics-.*|cffi)==' >"$venv/constraints.txt" || :
  inside "$venv/bin/python" -m pip install -q --no-build-isolation -c "$venv/constraints.txt" \
    -e "$REPO${EXTRAS:+[$EXTRAS]}" >>"$LOG" 2>&1 ||
    { tail -n 15 "$LOG" >&2; die "pip failed, see $LOG"; }
  : >"$venv/.ok"
}
setup() {
  mkdir -p "$DIR"
  [ -f "$DIR/.gitignore" ] || echo '*' >"$DIR/.gitignore"
  exec 9>"$DIR/lock"
  flock -n 9 || { say "another setup is running, waiting for it"; flock 9; }
  if ready; then exec 9>&-; return 0; fi
  : >"$LOG"
  local kind="" python=/usr/bin/python3 where=host key
  case $WANT in auto | host) if python=$(find_python); then kind=host; fi ;; esac
  [ -n "$kind" ] || [ "$WANT" != host ] || die "no python here has DOLFINx >= $MIN"
  [ -n "$python" ] || python=/usr/bin/python3
  if [ -z "$kind" ] && [ "$WANT" != root ] && apt_offers_dolfinx; then
    say "installing DOLFINx with apt"
    # shellcheck disable=SC2046  # one word a package
    apt_install $(packages packages.txt | offered) || die "apt failed, see $LOG"
    kind=apt
  fi
  [ -n "$kind" ] || [ "$WANT" != apt ] || die "apt offers no DOLFINx >= $MIN here, or you are not root"
  ROOT=$python
  if [ -z "$kind" ]; then
    kind=root ROOT=$DIR/root-$(root_key) where=$ROOT
    [ -f "$ROOT/.ok" ] || make_root "$ROOT" 9>&-
  fi
  key=$(venv_key "$ROOT")
  VENV=$DIR/venv-$key
  [ -f "$VENV/.ok" ] || make_venv "$where" "$VENV" "$python" 9>&-
  printf '%s\t%s\t%s\t%s\n' "$kind" "$ROOT" "$VENV" "$key" >"$DIR/.current"
  mv "$DIR/.current" "$DIR/current"
  say "ready ($kind)"
  exec 9>&-
}

run() {
  ready || setup
  state
  settings
  # compiled forms: one folder for each compiled stack
  local stack=${ROOT##*/}
  export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$DIR/cache-$stack}
  mkdir -p "$XDG_CACHE_HOME"
  if [ "$KIND" = root ]; then enter "$ROOT" "$VENV" "$@"; fi
  PATH="$VENV/bin:$PATH" VIRTUAL_ENV=$VENV exec "$@"
}
clean() { # [--all]
  local d
  state || :
  for d in "$DIR"/root-* "$DIR"/.build-*; do
    if [ "${1:-}" = --all ] || [ "$d" != "${ROOT:-}" ]; then discard "$d"; fi
  done
  for d in "$DIR"/venv-*; do
    if [ "${1:-}" = --all ] || [ "$d" != "${VENV:-}" ]; then rm -rf "$d"; fi
  done
  if [ "${1:-}" = --all ]; then rm -rf "$DIR"/cache-* "$DIR/current"; fi
}

case ${1:-} in
  run) shift; [ $# -gt 0 ] || die "run what?"; run "$@" ;;
  setup) setup ;;
  check) if ready; then echo "$KIND $ROOT $VENV"; else echo "not ready"; exit 1; fi ;;
  clean) shift; clean "$@" ;;
  *) sed -n '2,${/^#/!q;s/^# \{0,1\}//p}' "$0"; exit 2 ;;
esac
