#compdef shared-postgresql
# Completion of shared-postgresql in zsh: source <(shared-postgresql completion zsh)
_shared_postgresql() {
  local -a lines candidates
  lines=("${(@f)$("${(@)words[1]}" completion zsh -- "${(@)words[2,CURRENT]}" 2> /dev/null)}")
  candidates=("${(@)lines[2,-1]}")
  case "$lines[1]" in
    files) _files ;;
    folders) _files -/ ;;
    *) _describe 'shared-postgresql' candidates ;;
  esac
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _shared_postgresql shared-postgresql
