// Thin scripts: they hand the typed words to `estiba __complete` and show what comes back. Its first line names the kind (words, file,
// directory), the others are a word, a tab and its meaning.

const BASH = `# bash completion for estiba
_estiba() {
  local line=\${COMP_LINE:0:COMP_POINT} current kind candidate
  local -a words replies
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=\${words[-1]}
  # By an alias, too: podman=estiba.
  local -a program
  read -ra program <<<"\${BASH_ALIASES[\${words[0]}]:-\${words[0]}}"
  mapfile -t replies < <("\${program[0]}" __complete -- "\${program[@]:1}" "\${words[@]:1}" 2>/dev/null)
  kind=\${replies[0]:-words}
  # Bash breaks words at = and : and replaces only what follows the last of them.
  local tail=\${current##*[=:]}
  local head=\${current%"$tail"}
  COMPREPLY=()
  if [[ $kind == file || $kind == directory ]]; then
    compopt -o filenames 2>/dev/null
    [[ $kind == file ]] && mapfile -t COMPREPLY < <(compgen -f -- "$tail")
    [[ $kind == directory ]] && mapfile -t COMPREPLY < <(compgen -d -- "$tail")
    return
  fi
  for candidate in "\${replies[@]:1}"; do
    candidate=\${candidate%%$'\\t'*}
    COMPREPLY+=("\${candidate#"$head"}")
  done
}
complete -F _estiba estiba
for _estiba_alias in "\${!BASH_ALIASES[@]}"; do
  [[ \${BASH_ALIASES[$_estiba_alias]} =~ ^([^ ]*/)?estiba( |$) ]] && complete -F _estiba "$_estiba_alias"
done
unset _estiba_alias
`;

const ZSH = `#compdef estiba
_estiba() {
  local -a replies items
  local reply
  replies=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case \${replies[1]} in
    file) compset -P '*='; _files; return ;;
    directory) compset -P '*='; _files -/; return ;;
  esac
  for reply in "\${(@)replies[2,-1]}"; do
    items+=("\${\${reply%%$'\\t'*}//:/\\\\:}:\${reply#*$'\\t'}")
  done
  _describe estiba items
}
if [ "\${funcstack[1]}" = "_estiba" ]; then _estiba; else compdef _estiba estiba; fi
`;

const FISH = `# fish completion for estiba
function __estiba_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l replies ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    switch "$replies[1]"
        case file
            __fish_complete_path (commandline -ct)
        case directory
            __fish_complete_directories (commandline -ct)
        case '*'
            printf '%s\\n' $replies[2..-1]
    end
end
complete -c estiba -f -a '(__estiba_complete)'
`;

/** The completion script of each shell that has one. */
export const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
