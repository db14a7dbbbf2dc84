# bash completion for @PROGRAM@, as `@PROGRAM@ completions bash` prints it.
#
# It asks the program what can stand at the cursor, and so knows the users, models and profiles of the database that
# the line names. Candidates come quoted for bash. For all of a person's shells:
#
#     mkdir -p ~/.local/share/bash-completion/completions
#     @PROGRAM@ completions bash > ~/.local/share/bash-completion/completions/@PROGRAM@

_@FUNCTION@_complete() {
    COMPREPLY=()
    # The program of the line, be it a path; by name where the line has an alias for it.
    local __actl_program=${1/#\~\//$HOME/}
    type -P -- "$__actl_program" >/dev/null || __actl_program=@PROGRAM@
    type -P -- "$__actl_program" >/dev/null || return 0

    local __actl_fields=("l${COMP_LINE:0:COMP_POINT}" "r${COMP_LINE:COMP_POINT}" "t$2")
    # The values of the variables on the line: nothing on it is evaluated.
    local __actl_rest=$COMP_LINE __actl_name __actl_variable='\$\{?([A-Za-z_][A-Za-z0-9_]*)(.*)$'
    while [[ $__actl_rest =~ $__actl_variable ]]; do
        __actl_name=${BASH_REMATCH[1]} __actl_rest=${BASH_REMATCH[2]}
        if [[ -n ${!__actl_name+set} ]]; then
            __actl_fields+=("v$__actl_name=${!__actl_name}")
        fi
    done

    local __actl_line __actl_kind=
    while IFS= read -r __actl_line; do
        if [[ -n $__actl_kind ]]; then
            COMPREPLY+=("$__actl_line")
        elif [[ $__actl_line == '@MARK@ '* ]]; then
            __actl_kind=${__actl_line#* }
        else
            break
        fi
    done <<<"$(printf '%s\0' "${__actl_fields[@]}" | "$__actl_program" @CALL@ bash 2>/dev/null)"

    case $__actl_kind in
        open) compopt -o nospace ;;
        files) compopt -o default ;;
        folders) compopt -o dirnames ;;
        shell) compopt -o bashdefault ;;
    esac 2>/dev/null
    return 0
}

complete -o nosort -F _@FUNCTION@_complete @PROGRAM@ 2>/dev/null || complete -F _@FUNCTION@_complete @PROGRAM@
