#!/bin/sh
# Installs genkan from the folder that this script lies in: copies files, and downloads nothing.
set -eu

usage() {
  cat <<'END'
Usage: sh install.sh [--user] [--uninstall] [--dry-run]

Copies the program, its manual page, completions, systemd unit and, where there is none yet, an
example configuration. Says what it does.

  --user       For this user alone, under ~/.local and ~/.config, without being root.
  --uninstall  Remove what it installs. The configuration stays.
  --dry-run    Only say what would be done.
  -h, --help   Show this.

Environment:
  PREFIX       Where to, /usr/local unless it is set; ~/.local with --user.
  SYSCONFDIR   Where the configuration goes, /etc unless it is set; ~/.config with --user.
  DESTDIR      Put before every path, to make a package of what is there.
END
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

user=no action=install dry=no
for argument in "$@"; do
  case $argument in
    --user) user=yes ;;
    --uninstall) action=uninstall ;;
    --dry-run) dry=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "unknown option \"$argument\". See 'sh install.sh --help'." 2 ;;
  esac
done

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
destdir=${DESTDIR:-}

if [ "$user" = yes ]; then
  [ -n "${HOME:-}" ] || fail "Cannot install for this user: HOME is not set"
  prefix=${PREFIX:-$HOME/.local}
  sysconfdir=${SYSCONFDIR:-${XDG_CONFIG_HOME:-$HOME/.config}}
  units=$sysconfdir/systemd/user
  unit=genkan.user.service
  systemctl="systemctl --user"
else
  prefix=${PREFIX:-/usr/local}
  sysconfdir=${SYSCONFDIR:-/etc}
  units=$sysconfdir/systemd/system
  unit=genkan.service
  systemctl=systemctl
fi
program=$prefix/bin/genkan
configuration=$sysconfdir/genkan/genkan.yaml

for path in "$prefix" "$sysconfdir" "${destdir:-/}"; do
  case $path in
    *[\|\&\\]*) fail "Cannot use \"$path\": no |, & or \\ may be in it" 2 ;;
    /*) ;;
    *) fail "Cannot use \"$path\": PREFIX, SYSCONFDIR and DESTDIR begin with /" 2 ;;
  esac
done

# The program lies beside this script in a release, and in dist/ where it was just compiled.
source=$here/genkan
[ -e "$source" ] || source=$here/../dist/genkan
if [ "$action" = install ] && [ ! -f "$source" ]; then
  fail "Cannot find the program: no genkan in $here; take a release, or run 'deno task compile:bun'"
fi

# Where there is no systemd, as on macOS, a unit is of no use.
has_systemd() {
  [ -n "$destdir" ] || command -v systemctl >/dev/null 2>&1
}

# make_folder FOLDER
make_folder() {
  [ -d "$1" ] && return
  mkdir -p "$1" 2>/dev/null || fail "Cannot create $1: run this as root, or with --user"
}

# put MODE FROM TO: to a new file that takes the old one's place at once, which a running program
# survives. The unit's paths become those of this installation.
put() {
  to=$destdir$3
  echo "copy     $to"
  [ "$dry" = no ] || return 0
  make_folder "$(dirname -- "$to")"
  if ! {
    case $2 in
      *.user.service)
        sed "s|%h/.local/bin/genkan|$program|g; s|%E/genkan/|$sysconfdir/genkan/|g" "$2"
        ;;
      *.service)
        sed "s|/usr/local/bin/genkan|$program|g; s|/etc/genkan/|$sysconfdir/genkan/|g" "$2"
        ;;
      *) cat "$2" ;;
    esac >"$to.new" && chmod "$1" "$to.new" && mv -f "$to.new" "$to"
  } 2>/dev/null; then
    rm -f "$to.new" 2>/dev/null
    fail "Cannot write $to: run this as root, or with --user"
  fi
}

# drop PATH
drop() {
  [ -e "$destdir$1" ] || return 0
  echo "remove   $destdir$1"
  [ "$dry" = no ] || return 0
  rm -f "$destdir$1" 2>/dev/null || fail "Cannot remove $destdir$1: run this as root, or with --user"
}

# each VERB: calls it with MODE FROM TO for every file but the configuration.
each() {
  "$1" 755 "$source" "$program"
  "$1" 644 "$here/genkan.1" "$prefix/share/man/man1/genkan.1"
  "$1" 644 "$here/completions/genkan.bash" "$prefix/share/bash-completion/completions/genkan"
  "$1" 644 "$here/completions/_genkan" "$prefix/share/zsh/site-functions/_genkan"
  "$1" 644 "$here/completions/genkan.fish" "$prefix/share/fish/vendor_completions.d/genkan.fish"
  if has_systemd && [ -f "$here/$unit" ]; then
    "$1" 644 "$here/$unit" "$units/genkan.service"
  fi
}

drop_third() {
  drop "$3"
}

if [ "$action" = uninstall ]; then
  each drop_third
  if [ -e "$destdir$configuration" ]; then echo "keep     $destdir$configuration"; fi
  exit 0
fi

each put
if [ -e "$destdir$configuration" ]; then
  echo "keep     $destdir$configuration"
else
  put 644 "$here/genkan.yaml" "$configuration"
fi

[ -z "$destdir" ] || exit 0
echo
echo "Next:    edit $configuration, then"
echo "         $program check -c $configuration"
if has_systemd && [ -f "$here/$unit" ]; then
  echo "         $systemctl daemon-reload && $systemctl enable --now genkan"
fi
