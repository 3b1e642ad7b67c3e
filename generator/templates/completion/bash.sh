# Completion of shared-postgresql in bash: source <(shared-postgresql completion bash)
_shared_postgresql() {
  local lines line current="${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  lines=$("${COMP_WORDS[0]}" completion bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null) || return
  case "${lines%%$'\n'*}" in
    words) lines+=$'\n' ;;
    files) lines=$'\n'$(compgen -f -- "$current") && compopt -o filenames 2> /dev/null ;;
    folders) lines=$'\n'$(compgen -d -- "$current") && compopt -o filenames 2> /dev/null ;;
  esac
  while IFS= read -r line; do
    [ -z "$line" ] || COMPREPLY+=("$line")
  done <<< "${lines#*$'\n'}"
}
complete -F _shared_postgresql shared-postgresql
