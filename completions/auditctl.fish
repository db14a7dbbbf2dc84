# fish completion for auditctl, as `auditctl completions fish` prints it.
#
# It asks the program what can stand at the cursor, and so knows the users, models and profiles of the database that
# the line names. For all of a person's shells:
#
#     auditctl completions fish > ~/.config/fish/completions/auditctl.fish

function __auditctl_complete
    set -l __actl_before (commandline --current-process --tokenize --cut-at-cursor)
    set -l __actl_current (commandline --current-token --cut-at-cursor)
    # The program of the line, be it a path; by name where the line has an alias for it.
    set -l __actl_program (string replace --regex '^~/' "$HOME/" -- "$__actl_before[1]")
    command --query -- "$__actl_program"; or set __actl_program auditctl
    command --query -- "$__actl_program"; or return

    # fish tells nothing of what stands after the cursor.
    set -l __actl_fields w$__actl_before "c$__actl_current"
    # The values of the variables on the line: nothing on it is evaluated.
    for __actl_name in (string match --all --regex -- '\$[A-Za-z_][A-Za-z0-9_]*' "$__actl_fields" | string trim --left --chars='$')
        set --query $__actl_name; and set --append __actl_fields "v$__actl_name=$$__actl_name"
    end

    set -l __actl_lines (string join0 -- $__actl_fields | command $__actl_program __complete fish 2>/dev/null)
    set -l __actl_kind $__actl_lines[1]
    set --erase __actl_lines[1]
    # The word without its quotes comes back for a path; in --option=path, the path alone is completed.
    set -l __actl_option (string match --regex -- '^--[a-z-]+=' "$__actl_lines[1]")
    set -l __actl_path (string replace --regex -- '^--[a-z-]+=' '' "$__actl_lines[1]")
    switch "$__actl_kind"
        case 'auditctl-completion-1 words'
            string join \n -- $__actl_lines
        case 'auditctl-completion-1 files'
            __fish_complete_path "$__actl_path" | string replace --regex -- '^' "$__actl_option"
        case 'auditctl-completion-1 folders'
            __fish_complete_directories "$__actl_path" | string replace --regex -- '^' "$__actl_option"
    end
end

complete --command auditctl --no-files --keep-order --arguments '(__auditctl_complete)'
