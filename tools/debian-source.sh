# How the scripts in tools/ get Debian's source of Unbound. Sourced behind
# common.sh. Needs no root: Debian's source lists are read beside the system's
# own, in the folder $work, which whoever sources this sets.

# mirror LABEL DEFAULT: the URI from which this machine takes Debian's
# packages of that label, so that a configured mirror is used here too. Not one
# that means a file or a disc of this machine (file:, mirror+file:, cdrom:).
mirror() {
	local uri
	uri=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' \
	    'Created-By: Packages' 2>/dev/null |
	    sed -n "s/^Debian|$1|\(https\{0,1\}:\)/\1/p" | sort -u | head -n 1)
	printf '%s\n' "${uri:-$2}"
}

source_entry() {
	printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\n' \
	    "$1" "$2"
	printf 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n'
}

# write_sources SUITE
write_sources() {
	source_entry "$(mirror Debian http://deb.debian.org/debian/)" "$1"
	# sid has no security suite: fixes go straight into it.
	case "$1" in
	sid|unstable|experimental) ;;
	*)	source_entry "$(mirror Debian-Security \
		    http://deb.debian.org/debian-security/)" "$1-security" ;;
	esac
}

# read_lists SUITE: sets apt_options, with which apt knows the suite's sources
# and nothing else; the status of apt-get update.
read_lists() {
	mkdir -p "$work/lists/$1/partial"
	write_sources "$1" > "$work/debian.sources"
	apt_options=(
		-o "Dir::Etc::sourcelist=$work/debian.sources"
		-o "Dir::Etc::sourceparts=-"
		-o "Dir::State::lists=$work/lists/$1"
		-o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
		-o "APT::Sandbox::User="
		-o "Acquire::Languages=none"
		-o "Acquire::Retries=1"
		-o "APT::Update::Error-Mode=any"
	)
	apt-get "${apt_options[@]}" update >"$work/apt-update.log" 2>&1
}

# versions: what the suite has, the newest first.
versions() {
	apt-cache "${apt_options[@]}" showsrc --only-source unbound 2>/dev/null |
	    sed -n 's/^Version: //p' | sort -Vru
}

# download VERSION: into $work. A mirror in the middle of an update can list a
# version that it does not hold, and some mirrors hold no sources.
download() {
	(cd "$work" && apt-get "${apt_options[@]}" source --download-only \
	    "unbound=$1") >"$work/download.log" 2>&1
}

# fetch_source SUITE AWAY FOUND: gets the newest source of that suite that can be
# had into $work, and sets `version`; false, after a warning, if there is none.
# Runs AWAY where Debian cannot be reached, and FOUND VERSION before that version
# is fetched; each may end the script, where what is there already will do.
fetch_source() {
	local candidate listed=
	say "looking for Unbound's source in Debian $1"
	if ! read_lists "$1"; then
		$2
		grep -E '^(E|Err|W):?' "$work/apt-update.log" | tail -n 5 >&2
		say "warning: cannot read the source lists of Debian $1"
		return 1
	fi
	for candidate in $(versions); do
		listed=1
		$3 "$candidate"
		say "fetching the source of unbound $candidate"
		if download "$candidate"; then
			version=$candidate
			return 0
		fi
		say "warning: the mirror lists unbound $candidate but does not" \
		    "deliver it ($work/download.log)"
	done
	[ -n "$listed" ] ||
		say "warning: Debian $1 lists no source package unbound"
	return 1
}
