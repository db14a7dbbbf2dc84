#compdef @PROGRAM@
# zsh completion for @PROGRAM@, as `@PROGRAM@ completions zsh` prints it.
#
# It asks the program what can stand at the cursor, and so knows the users, models and profiles of the database that
# the line names. Save it as _@PROGRAM@ in a folder of $fpath, or load it after compinit:
#
#     source <(@PROGRAM@ completions zsh)

_@FUNCTION@() {
    setopt local_options no_bash_rematch no_re_match_pcre
    # The program of the line, be it a path; by name where the line has an alias for it.
    local __actl_program=${${(Q)words[1]}/#\~\//$HOME/}
    whence -p -- $__actl_program >/dev/null || __actl_program=@PROGRAM@
    whence -p -- $__actl_program >/dev/null || return 1

    local -a __actl_fields
    __actl_fields=(w${^words[1,CURRENT-1]} "c$QIPREFIX$IPREFIX$PREFIX" a${^words[CURRENT+1,-1]})
    # The values of the variables on the line: nothing on it is evaluated.
    local __actl_rest="$words" __actl_name MATCH MBEGIN MEND
    local -a match mbegin mend
    while [[ $__actl_rest =~ '\$\{?([A-Za-z_][A-Za-z0-9_]*)(.*)$' ]]; do
        __actl_name=$match[1] __actl_rest=$match[2]
        (( ${(P)+__actl_name} )) && __actl_fields+=("v$__actl_name=${(P)__actl_name}")
    done

    local -a __actl_lines
    __actl_lines=("${(@f)$(print -rN -- "$__actl_fields[@]" | $__actl_program @CALL@ zsh 2>/dev/null)}")
    [[ $__actl_lines[1] == '@MARK@ '* ]] || return 1
    case ${__actl_lines[1]#* } in
        # In --option=path, the path alone is completed.
        files) compset -P '--*='; _files; return ;;
        folders) compset -P '--*='; _files -/; return ;;
        shell) _default; return ;;
    esac

    local __actl_line __actl_title= __actl_tag __actl_status=1
    local -a __actl_field __actl_words __actl_help __actl_flags expl
    local -i __actl_at __actl_width
    for __actl_line in "${(@)__actl_lines[2,-1]}" g; do
        __actl_field=("${(@ps:\t:)__actl_line}")
        if [[ $__actl_field[1] == c ]]; then
            __actl_words+=("$__actl_field[2]")
            __actl_help+=("$__actl_field[3]")
            (( $#__actl_field[2] > __actl_width )) && __actl_width=$#__actl_field[2]
            continue
        fi
        if (( $#__actl_words )); then
            __actl_tag=${${(L)__actl_title}// /-}
            # Each word beside what it means, unless the user wants to see less or there is nothing to see.
            if [[ -n ${(j::)__actl_help} ]] && zstyle -T ":completion:$curcontext:$__actl_tag" verbose; then
                for (( __actl_at = 1; __actl_at <= $#__actl_words; __actl_at++ )); do
                    __actl_help[__actl_at]="${(r:__actl_width:)__actl_words[__actl_at]}${__actl_help[__actl_at]:+ -- $__actl_help[__actl_at]}"
                done
                __actl_flags+=(-ld __actl_help)
            fi
            _wanted -V $__actl_tag expl $__actl_title compadd "$__actl_flags[@]" -a __actl_words && __actl_status=0
        fi
        __actl_title=$__actl_field[4] __actl_words=() __actl_help=() __actl_flags=() __actl_width=0
        case $__actl_field[2] in
            nothing) __actl_flags+=(-S '') ;;
            comma) __actl_flags+=(-qS ,) ;;
        esac
        [[ $__actl_field[3] == any ]] && __actl_flags+=(-U)
    done
    return __actl_status
}

if [[ $funcstack[1] == _@FUNCTION@ ]]; then
    _@FUNCTION@ "$@"
else
    compdef _@FUNCTION@ @PROGRAM@
fi
