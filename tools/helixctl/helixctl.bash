# bash completion for helixctl                             -*- shell-script -*-
#
# Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
#
# Commands, options and arguments come from the program's own help, and zones
# from helix.yaml; etcd is not asked. Works with bash-completion and without.

# The names of the zones in helix.yaml, of whose keys only `zones` begins with a
# z. $1: the file.
_helixctl_zones() {
	sed -nE '/^ ?"?zones"?:/,/^"?[a-y]/{
		/^"?[a-y]/!{ s/(^|[[:space:]])#.*//; s/[{,]/\n/g; p }
	}' "$1" 2>/dev/null |
	    sed -nE 's/^[][ :"a-z-]*\bname"?: *["'\'']?([^]"'\'' }]+).*/\1/p'
}

# The options in a help, each with its argument, if it has one.
_helixctl_options() {
	sed -nE 's/^  (-[a-z], )?(--[a-z-]+)( ([A-Z]+))?.*/\2 \4/p' <<<"$1"
}

# The types that a key can have and people write.
_helixctl_types="A AAAA AFSDB CAA CDNSKEY CDS CERT CNAME CSYNC DHCID DNAME
	DNSKEY DS EUI48 EUI64 HINFO HIP HTTPS IPSECKEY KX LOC MX NAPTR NS
	OPENPGPKEY PTR RP SMIMEA SOA SPF SRV SSHFP SVCB TLSA TXT URI"

# Complete an argument by the word that the help has for it. $1: that word.
_helixctl_argument() {
	local IFS=$' \t\n'
	case $1 in
	*ZONEFILE*|FILE|PATH|\[FILE\])
		compopt -o filenames 2>/dev/null
		local IFS=$'\n'
		COMPREPLY=($(compgen -f -- "$cur")) ;;
	*ZONE*|NAME)
		COMPREPLY=($(compgen -W "$(_helixctl_zones "$conf")" -- \
		    "$cur")) ;;
	*TYPE*)
		COMPREPLY=($(compgen -W "$_helixctl_types" -- "${cur^^}")) ;;
	*COMMAND*)
		COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
	esac
}

_helixctl() {
	local cur prev words cword IFS=$' \t\n'
	if declare -F _init_completion >/dev/null; then
		_init_completion -n =: || return
	else
		cur=${COMP_WORDS[COMP_CWORD]}
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	fi
	local program=${words[0]} conf=$HELIX_CONF command= i word
	local help commands options arguments=() number=0 expected=
	help=$("$program" --help 2>/dev/null) || return
	commands="$(sed -nE 's/^  ([a-z]+) .*/\1/p' <<<"$help") help"
	# every command has these
	options=$(_helixctl_options "$("$program" lint --help 2>/dev/null |
	    sed '1,/^Options of all/d')")
	COMPREPLY=()
	for ((i = 1; i < cword; i++)); do
		word=${words[i]}
		if [[ $word == --config ]]; then
			conf=${words[i + 1]}
		elif [[ $word == --config=* ]]; then
			conf=${word#*=}
		fi
		if [[ $expected ]]; then
			expected=
		elif [[ $word == --?* && $word != *=* ]]; then
			expected=$(sed -nE "s/^$word (.+)/\1/p" <<<"$options")
		elif [[ $word == -* ]]; then
			:
		elif [[ ! $command ]]; then
			command=$word
			[[ " ${commands//$'\n'/ } " == *" $command "* ]] ||
				return
			[[ $command != help ]] || { arguments=(COMMAND); continue; }
			help=$("$program" "$command" --help 2>/dev/null) ||
				return
			options=$(_helixctl_options "$help")
			arguments=($(sed -nE '1s/^.*\[OPTION\.\.\.\] ?//p' \
			    <<<"$help"))
		else
			number=$((number + 1))
		fi
	done
	conf=${conf:-/etc/unbound/helix.yaml}
	if [[ $expected ]]; then
		_helixctl_argument "$expected"
	elif [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(sed 's/ .*//' <<<"$options")" -- \
		    "$cur"))
	elif [[ ! $command ]]; then
		_helixctl_argument COMMAND
	elif [[ ${arguments[number]} ]]; then
		_helixctl_argument "${arguments[number]}"
	fi
}

complete -F _helixctl helixctl
