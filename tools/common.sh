# What the scripts in tools/ share. Sourced by bash, never run.
#
# After it is sourced, the current folder is the top of the source tree and
# $top names it; a path that the caller has given goes through from_caller.

set -euo pipefail
# in which bash would look for tools/.. first
unset CDPATH
# What is built is read by others than who builds it: a daemon's user, apt.
umask 022
caller=$PWD
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
me=${0##*/}

# say TEXT: one line of progress, on standard error, so that what a script
# prints as its result stays clean.
say() {
	printf '%s: %s\n' "$me" "$*" >&2
}

# die TEXT: says why, and ends the script.
die() {
	printf '%s: error: %s\n' "$me" "$*" >&2
	exit 1
}

# from_caller PATH: the absolute path of what the caller means, who may be in
# another folder than this tree.
from_caller() {
	case "$1" in
	/*)	printf '%s\n' "$1" ;;
	*)	printf '%s\n' "$caller/$1" ;;
	esac
}

# quietly LOG WHAT COMMAND...: runs the command with its output in the file
# LOG; where it fails, shows the end of LOG and says which step failed. A
# function ends at the first of its commands that fails; it is run in a subshell,
# and so the variables that it sets are lost.
#
# bash ignores `set -e` in all that an `if`, a `!`, or an `||` looks at, however
# deep. So nothing looks at the command here; and who calls quietly from such a
# place is told, as the middle of a function could fail unseen there.
quietly() {
	local log=$1 what=$2 status
	shift 2
	set +e
	(set -e; false; true)
	status=$?
	set -e
	[ $status != 0 ] ||
		die "quietly is called where a condition has bash ignore errors"
	say "$what"
	set +e
	(set -e; "$@") >"$log" 2>&1
	status=$?
	set -e
	if [ $status != 0 ]; then
		tail -n 40 "$log" >&2
		die "failed: $what (the whole output is in $log)"
	fi
}

# alone FILE TEXT: ends the script with this text where another one has locked
# that file, or folder. Whatever is started from here on holds the lock too, as
# it may go on where the script is killed.
alone() {
	local lock
	if [ -d "$1" ]; then
		exec {lock}<"$1"
	else
		exec {lock}>>"$1"
	fi
	flock -n "$lock" || die "$2"
}

# usage_from FILE: prints the comment block at the top of a script, which is
# its help.
usage_from() {
	sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"
}

# debian_codename: the release that this machine runs, such as bookworm.
debian_codename() {
	local codename
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	[ -n "$codename" ] ||
		die "/etc/os-release names no VERSION_CODENAME; is this Debian?"
	printf '%s\n' "$codename"
}

# need_root WHAT HOW: ends the script where WHAT needs root and this user cannot
# become it, and says HOW root does it. Where sudo wants a password, it is asked
# for here, and not from within a log.
need_root() {
	[ "$(id -u)" != 0 ] || return 0
	if command -v sudo >/dev/null; then
		! sudo -n true 2>/dev/null || return 0
		if (: </dev/tty) 2>/dev/null; then
			say "$1 needs root: sudo asks for your password"
			! sudo -v </dev/tty || return 0
		fi
		die "$1 needs root, which sudo does not let $(id -un) be here;" \
		    "as root, run: $2"
	fi
	die "$1 needs root, and there is no sudo; as root, run: $2"
}

# What of the environment is for the commands that root runs too, but sudo drops;
# as env takes it.
for_root=()
for variable in http_proxy https_proxy all_proxy no_proxy DEBFULLNAME DEBEMAIL; do
	[ -z "${!variable:-}" ] || for_root+=("$variable=${!variable}")
done

# as_root COMMAND...: runs it as root: directly, or by sudo. need_root finds out
# whether it can be, before anything is done.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo env "${for_root[@]}" "$@"
	else
		die "this step needs root: $*"
	fi
}

# need_tree: ends the script where nothing can be built in this tree, because of
# its path, or because it or what was built here before is somebody else's. What
# only root makes here, which are roots and packages, may be root's.
need_tree() {
	local found
	case "$top" in
	*[[:space:]\\\"\#\$\&\'\`]*)
		die "nothing can be built in \"$top\": autoconf takes no path" \
		    "with a space, a quote, or one of \\ # \$ &; move this folder" ;;
	esac
	[ -w . ] ||
		die "$(id -un) may not write in $top, which belongs to" \
		    "$(stat -c %U .): build in a copy of your own"
	found=$(find build run build-aux autom4te.cache aclocal.m4 configure \
	    Makefile.in \( -path 'build/build-deb-*' -o -path 'build/deb*' \
	    -o -path build/packages \) -prune \
	    -o ! -type l ! -writable -print -quit 2>/dev/null || true)
	[ -z "$found" ] ||
		die "$(id -un) may not write $top/$found, which" \
		    "$(stat -c %U "$found") has made: remove it as that user"
}

# to_owner FILE...: gives what root may have made here to the owner of the tree.
to_owner() {
	[ "$(id -u)" != 0 ] || chown --reference=. "$@"
}

# nearest FOLDER: the folder, or of what it will be in, what exists.
nearest() {
	local folder=$1
	until [ -d "$folder" ]; do
		folder=$(dirname "$folder")
	done
	printf '%s\n' "$folder"
}

# room FOLDER: how many MB are free there, or where it will be made.
room() {
	df -Pm "$(nearest "$1")" | awk 'NR == 2 { print $4 }'
}

# need_room FOLDER MB WHAT, and so on: ends the script where a disk has less room
# than is needed there: for all of WHAT, where folders are on the same disk.
need_room() {
	local -A needed=() for_what=() folder_of=()
	local device free
	while [ $# -ge 3 ]; do
		device=$(stat -c %d "$(nearest "$1")")
		needed[$device]=$((${needed[$device]:-0} + $2))
		for_what[$device]+="${for_what[$device]:+, }$3 $2 MB"
		: "${folder_of[$device]:=$1}"
		shift 3
	done
	for device in "${!needed[@]}"; do
		free=$(room "${folder_of[$device]}")
		[ "$free" -ge "${needed[$device]}" ] ||
			die "no room: the disk of ${folder_of[$device]} has" \
			    "$free MB free, and ${needed[$device]} MB are" \
			    "needed there (${for_what[$device]})"
	done
}

# default_unbound: where tools/build-unbound puts the Unbound of this release.
default_unbound() {
	printf '%s/build/unbound-%s\n' "$top" "$(debian_codename)"
}

# sanitizer WHICH: sets `sanitized` to the compiler and flags, as configure
# takes them, with which a program looks at itself: at its use of memory, and
# for undefined behaviour (address), or for data races (thread).
sanitizer() {
	local flags='-g -O1 -fno-omit-frame-pointer'
	case "$1" in
	address)
		sanitized=(CC=gcc CFLAGS="$flags -fsanitize=address,undefined -fno-sanitize-recover=undefined") ;;
	thread)
		sanitized=(CC=clang CFLAGS="$flags -fsanitize=thread") ;;
	*)
		die "there is no sanitizer \"$1\", only address and thread" ;;
	esac
}
