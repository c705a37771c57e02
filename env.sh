#!/usr/bin/env bash
# The environment of dendritex in one command: DOLFINx, PETSc, MPI and the Python layer.
#   ./env.sh run CMD [ARG..]  set up on first use, then CMD inside: same paths, user, pid and tty
#   ./env.sh setup            set up only (does nothing when it is there already)
#   ./env.sh check            exit 0 when ready (a few ms); prints where it is
#   ./env.sh clean [--all]    remove what is stale (or everything)
# An active venv, conda or system Python with DOLFINx >= 0.9 is used; else apt where it offers it;
# else a private Debian root in .env (no container engine needed).
# Settings: DENDRITEX_ENV=auto|host|apt|root   which of these ways (default auto)
#           DENDRITEX_ENV_DIR=dir              where it lives (default .env)
#           DENDRITEX_SUITE=trixie|sid         Debian suite of the private root
#           DENDRITEX_EXTRAS=test              optional dependencies of pyproject.toml to install
#           DENDRITEX_MIRROR=URI               Debian mirror (default: the one that apt uses here)
set -euo pipefail
RECIPE=1                                                    # raise it when this script changes what is built
HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=${DENDRITEX_REPO:-$(git -C "$HERE" rev-parse --show-toplevel 2>/dev/null || dirname "$HERE")}
LIST=${DENDRITEX_PACKAGES:-$REPO/docker/packages.txt}
DIR=${DENDRITEX_ENV_DIR:-$REPO/.env}; SUITE=${DENDRITEX_SUITE:-trixie}; WANT=${DENDRITEX_ENV:-auto}; MIN=0.9
EXTRAS=${DENDRITEX_EXTRAS-test}
SYS_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
say() { printf '%s\n' "env: $*" >&2; }
die() { say "$*"; exit 1; }
packages() { sed -e 's/#.*//' "$LIST" | tr -s ' \t\n' '\n' | sed '/^$/d'; }

# keys: what the root and the venv are made from. cat + one hash each, no python, no apt
rootkey() { { echo "$RECIPE $SUITE $(uname -m) $(id -u)"; packages; } | sha256sum | cut -c1-12; }
venvkey() { { echo "$RECIPE $1 $EXTRAS"; cat "$REPO/pyproject.toml" "$REPO"/docker/constraints.txt 2>/dev/null || :; echo "$REPO"; } | sha256sum | cut -c1-12; }

# ---------------------------------------------------------------- entering a root
# exec chain only (unshare -> bash -> chroot -> env -> CMD): signals, exit code and tty are CMD's own.
# A private tmpfs is the new /: usr etc var from the root, every other top-level folder from the host.
enter() {
  local R=$1 VENV=$2; shift 2
  local d; for d in "$PWD" "$REPO" "$DIR"; do case $d/ in /var/tmp/*) ;; /usr/*|/etc/*|/var/*) die "$d is not visible inside the root: move it out of /usr, /etc and /var";; esac; done
  local U=() DROP=() N="${TMPDIR:-/tmp}/.dendritex-enter-$(id -u)"; mkdir -p -m 700 "$N"
  if [ "$(id -u)" != 0 ]; then
    U=(--user --map-current-user --keep-caps); DROP=(/usr/bin/setpriv --inh-caps=-all --ambient-caps=-all)
  fi
  exec env PATH="$SYS_PATH" unshare "${U[@]}" --mount --propagation private -- /bin/bash -euc '
    R=$1 N=$2; shift 2
    mount -t tmpfs -o mode=755,size=4m dendritex-root "$N"
    D=(); for d in /*; do case $d in /usr|/etc|/var|/bin|/sbin|/lib*|/boot|/lost+found) ;; *) if [ -d "$d" ] && [ ! -L "$d" ]; then D+=("$d"); fi;; esac; done
    mkdir -p "$N"/usr "$N"/etc "$N"/var "${D[@]/#/$N}"
    for b in usr etc var; do mount --rbind "$R/$b" "$N/$b"; done
    for b in bin sbin lib lib64; do [ -L "$R/$b" ] && ln -s "usr/$b" "$N/$b"; done
    for d in "${D[@]}" /var/tmp; do mount --rbind "$d" "$N$d"; done
    for f in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs; do
      if [ -e "$f" ] && [ -e "$N$f" ]; then mount --bind "$(readlink -f "$f")" "$N$f"; fi; done
    u=$(id -u) g=$(id -g)
    if ! grep -q "^[^:]*:[^:]*:$u:" "$R/etc/passwd"; then
      { cat "$R/etc/passwd"; getent passwd "$u" || echo "user:x:$u:$g::$HOME:/bin/bash"; } >"$N/.passwd"
      { cat "$R/etc/group"; getent group "$g" || echo "user:x:$g:"; } >"$N/.group"
      mount --bind "$N/.passwd" "$N/etc/passwd"; mount --bind "$N/.group" "$N/etc/group"
    fi
    exec chroot "$N" "$@"' dendritex-enter "$R" "$N" "${DROP[@]}" /usr/bin/env --chdir="$PWD" \
    -u PYTHONPATH -u PYTHONHOME -u LD_LIBRARY_PATH -u LD_PRELOAD -u PYENV_VERSION -u CONDA_PREFIX \
    PATH="${VENV:+$VENV/bin:}$SYS_PATH" VIRTUAL_ENV="$VENV" "$@"
}

# settings that every kind of environment wants; the user's own always win
settings() {
  export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} H5PY_ALWAYS_USE_MPI=${H5PY_ALWAYS_USE_MPI:-1}
  [ -n "${DISPLAY:-}" ] || export VTK_DEFAULT_OPENGL_WINDOW=${VTK_DEFAULT_OPENGL_WINDOW:-vtkEGLRenderWindow} PYVISTA_OFF_SCREEN=${PYVISTA_OFF_SCREEN:-true}
  if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
  # one host only: shared memory is all that is needed (and no 'reachable pairing' warnings). Never on several nodes.
  case "${SLURM_JOB_NUM_NODES:-${SLURM_NNODES:-1}}:${PBS_NODEFILE:-}${PE_HOSTFILE:-}${LSB_DJOB_HOSTFILE:-}${OMPI_MCA_btl:-}${PRTE_MCA_prte_default_hostfile:-}" in
    1:) export OMPI_MCA_btl=self,sm
        # unmanaged machine: several mpirun side by side would all be bound to core 0, and n > cores refused
        if [ -z "${SLURM_JOB_ID:-}" ]; then export PRTE_MCA_hwloc_default_binding_policy=${PRTE_MCA_hwloc_default_binding_policy:-none} PRTE_MCA_rmaps_default_mapping_policy=${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}; fi;;
  esac
}

# ---------------------------------------------------------------- state: one line 'KIND ROOT VENV VENVKEY'
state() { [ -f "$DIR/current" ] && IFS=$'\t' read -r KIND ROOT VENV KEY <"$DIR/current"; }
ready() {
  state || return 1
  case $WANT in auto|"$KIND") ;; *) return 1;; esac
  [ -x "$VENV/bin/pip" ] && [ -f "$VENV/.ok" ] || return 1
  case $KIND in
    root) [ "$ROOT" = "$DIR/root-$(rootkey)" ] && [ -f "$ROOT/.ok" ] && [ "$KEY" = "$(venvkey "$ROOT")" ];;
    *)    [ "$KEY" = "$(venvkey "$ROOT")" ];;
  esac
}
has_dolfinx() { # $1 = a python; true when it has dolfinx >= MIN. no import of it: 20 ms, not 1 s
  "$1" - "$MIN" 2>/dev/null <<'PY'
import sys, importlib.metadata as m
v = lambda s: tuple(int(x) for x in s.split(".")[:2])
for n in ("fenics-dolfinx", "dolfinx"):
    try: ok = v(m.version(n)) >= v(sys.argv[1])
    except m.PackageNotFoundError: continue
    sys.exit(not ok)
sys.exit(1)
PY
}
apt_ok() { local c; c=$(LC_ALL=C apt-cache policy python3-dolfinx-real 2>/dev/null | sed -n 's/ *Candidate: *\([0-9]*:\)\{0,1\}//p'); [ -n "$c" ] && [ "$c" != "(none)" ] && dpkg --compare-versions "$c" ge "$MIN"; }

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@" >>"$DIR/setup.log" 2>&1; }
sources() { # 'URI SUITE' lines: what apt uses here, with the suite replaced, so no host is named anywhere in this project
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' "Architecture: $(dpkg --print-architecture)" 2>/dev/null |
    awk -v s="$SUITE" '$1=="Debian" { t=s; if ($3~/-security$/) t=s"-security"; else if ($3~/-updates$/) t=s"-updates"; else if ($3~/-/) next; if (s=="sid" && t!=s) next; print $2, t }' | sort -u
}
make_root() { # $1 = final folder
  local root=$1 tmp mode opts=() src; tmp=$DIR/.build-${root##*/}
  local miss=()
  command -v mmdebstrap >/dev/null || miss+=(mmdebstrap); command -v mount >/dev/null || miss+=(mount)      # a minimal Debian has no mount
  [ -f /usr/share/keyrings/debian-archive-keyring.gpg ] || miss+=(debian-archive-keyring)
  [ "$(id -u)" = 0 ] || command -v newuidmap >/dev/null || miss+=(uidmap)
  if [ ${#miss[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || die "a private root needs ${miss[*]}: have an administrator install them, or use conda, Docker or Apptainer (see README)"
    apt-get update -qq >>"$DIR/setup.log" 2>&1 || :
    apt_install "${miss[@]}" || die "could not install ${miss[*]}, see $DIR/setup.log"
  fi
  if [ "$(id -u)" = 0 ]; then mode=root; else mode=unshare; fi
  if [ -n "${DENDRITEX_MIRROR:-}" ]; then src="$DENDRITEX_MIRROR $SUITE"
  else
    src=$(sources)
    # apt names its sources only once their lists are here
    if [ -z "$src" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq >>"$DIR/setup.log" 2>&1 || :; src=$(sources); fi
  fi
  # apt settings of this machine that reaching the mirror depends on (proxy, certificates, frozen archives)
  while IFS= read -r o; do opts+=("--aptopt=$o"); done < <(apt-config dump 2>/dev/null | grep -E '^Acquire::(https?::|Retries|Check-|Max-ValidTime|ForceIPv)' | grep -v '""' || :)
  # the root belongs to this build until it is renamed; mounts of a build live in its own namespace and die with it
  discard "$tmp"
  say "making a private Debian $SUITE root with DOLFINx (once, 1 to 3 minutes, about 2.3 GB); log: $DIR/setup.log"
  local k=/usr/share/keyrings/debian-archive-keyring.gpg ns=()
  [ "$mode" = root ] && ns=(unshare --mount --propagation private --)
  env -u TMPDIR PATH="$SYS_PATH" "${ns[@]}" mmdebstrap --mode=$mode --variant=apt --format=directory --include="$(packages | paste -sd,)" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/javascript/mathjax/*' --dpkgopt=force-unsafe-io \
    --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' "${opts[@]}" \
    --customize-hook='touch "$1/etc/pip.conf" "$1/etc/hosts" "$1/etc/resolv.conf"; mkdir -p "$1/etc/ssl/certs"; : >"$1/.ok"' \
    "$SUITE" "$tmp" ${src:+-} < <(printf '%s\n' "$src" | while read -r u t; do [ -n "${u:-}" ] && echo "deb $([ -f $k ] && echo "[signed-by=$k]") $u $t main"; done) \
    >>"$DIR/setup.log" 2>&1 || { tail -n 15 "$DIR/setup.log" >&2; discard "$tmp"; die "the root could not be made, see $DIR/setup.log"; }
  mv -T "$tmp" "$root"
}
discard() { # remove a root; one made by an ordinary user belongs to that user's sub-ids
  [ -e "$1" ] || return 0
  if [ "$(id -u)" = 0 ]; then rm -rf --one-file-system "$1"; else unshare --user --map-auto --map-root-user -- rm -rf --one-file-system "$1"; fi
}
make_venv() { # $1 = root folder or 'host'  $2 = venv  $3 = python
  local in=() log=$DIR/setup.log; VENV=$2
  inside() { if [ "$1" = host ]; then shift; "$@"; else local r=$1; shift; ( enter "$r" "" "$@" ); fi; }
  rm -rf "$2"
  inside "$1" "$3" -m venv --system-site-packages "$2" >>"$log" 2>&1 || { tail -n 5 "$log" >&2; die "no venv could be made, see $log"; }
  # pip must not replace what belongs to the compiled stack (numpy, mpi4py, petsc4py, h5py ...)
  inside "$1" "$3" -m pip list --format=freeze 2>/dev/null | grep -E '^(numpy|scipy|mpi4py|petsc4py|slepc4py|h5py|gmsh|fenics-.*|cffi)==' >"$2/constraints.txt" || :
  inside "$1" "$2/bin/python" -m pip install -q --no-build-isolation -c "$2/constraints.txt" -e "$REPO${EXTRAS:+[$EXTRAS]}" >>"$log" 2>&1 || { tail -n 15 "$log" >&2; die "pip failed, see $log"; }
  : >"$2/.ok"
}
setup() {
  mkdir -p "$DIR"; [ -f "$DIR/.gitignore" ] || echo '*' >"$DIR/.gitignore"
  exec 9>"$DIR/lock"; flock -n 9 || { say "another setup is running, waiting for it"; flock 9; }
  if ready; then exec 9>&-; return 0; fi
  local kind="" py key; : >"$DIR/setup.log"
  if [ "$WANT" = auto ] || [ "$WANT" = host ]; then
    for py in "${VIRTUAL_ENV:+$VIRTUAL_ENV/bin/python}" "${CONDA_PREFIX:+$CONDA_PREFIX/bin/python}" /usr/bin/python3; do
      if [ -n "$py" ] && [ -x "$py" ] && has_dolfinx "$py"; then kind=host; ROOT=host:$py; break; fi; done
    [ -n "$kind" ] || [ "$WANT" = auto ] || die "no python here has dolfinx >= $MIN"
  fi
  if [ -z "$kind" ] && [ "$WANT" != root ] && command -v apt-get >/dev/null; then
    # package lists may be empty or old; not asked on Debian 12 and older, which cannot have it
    if [ "$(id -u)" = 0 ] && ( . /etc/os-release; case $ID in debian) [ "${VERSION_ID:-99}" -ge 13 ];; *) true;; esac ); then apt-get update -qq >>"$DIR/setup.log" 2>&1 || :; fi
    if apt_ok && [ "$(id -u)" = 0 ]; then
      say "installing DOLFINx with apt"
      apt_install $(packages) || die "apt failed, see $DIR/setup.log"; kind=apt; py=/usr/bin/python3; ROOT=host:$py
    elif [ "$WANT" = apt ]; then die "apt has no python3-dolfinx-real >= $MIN here, or you are not root"; fi
  fi
  if [ -z "$kind" ]; then
    kind=root; py=/usr/bin/python3; ROOT=$DIR/root-$(rootkey)
    [ -f "$ROOT/.ok" ] || make_root "$ROOT" 9>&-
  fi
  key=$(venvkey "$ROOT"); VENV=$DIR/venv-$key
  if [ ! -f "$VENV/.ok" ]; then say "python layer: pip install -e"; make_venv "$([ $kind = root ] && echo "$ROOT" || echo host)" "$VENV" "$py" 9>&-; fi
  printf '%s\t%s\t%s\t%s\n' "$kind" "$ROOT" "$VENV" "$key" >"$DIR/.current" && mv "$DIR/.current" "$DIR/current"
  say "ready ($kind)"; exec 9>&-
}
case ${1:-} in
  setup) setup;;
  check) if ready; then echo "$KIND $ROOT $VENV"; else echo "not ready"; exit 1; fi;;
  run) shift; [ $# -gt 0 ] || die "run what?"
       ready || setup; state; settings
       export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$DIR/cache-${ROOT##*-}}; mkdir -p "$XDG_CACHE_HOME"     # compiled forms: one folder a root
       case $KIND in root) enter "$ROOT" "$VENV" "$@";; *) PATH="$VENV/bin:$PATH" VIRTUAL_ENV=$VENV exec "$@";; esac;;
  clean) shift; state || :; for d in "$DIR"/root-* "$DIR"/.build-*; do [ -e "$d" ] || continue; if [ "${1:-}" = --all ] || [ "$d" != "${ROOT:-}" ]; then discard "$d"; fi; done
         if [ "${1:-}" = --all ]; then rm -rf "$DIR"/venv-* "$DIR"/cache-* "$DIR/current"; fi;;
  *) sed -n '2,16p' "$0" | sed 's/^# \{0,1\}//'; exit 2;;
esac
