# Completion of shared-postgresql in fish: shared-postgresql completion fish | source
function __shared_postgresql_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --cut-at-cursor --current-token)
    set -l program $words[1]
    set -e words[1]
    set -l lines ($program completion fish -- $words "$current" 2>/dev/null)
    set -l kind $lines[1]
    set -e lines[1]
    switch "$kind"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
        case '*'
            printf '%s\n' $lines
    end
end
complete --command shared-postgresql --no-files --arguments '(__shared_postgresql_complete)'
