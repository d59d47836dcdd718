"""What a shell completes of the command: sub-commands, options, and the names that these take."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["SHELLS", "completion_script"]

Options = Mapping[str, Sequence[str]]  # what each option may be followed by, where that is a list


def completion_script(
    shell: str, parser: argparse.ArgumentParser, names: Mapping[str, Sequence[str]]
) -> str:
    """The script of a shell; `names` has the values of options that the parser does not list.

    An option that means another thing in one command stands under both names: `report section`.
    """
    made = {}
    for command, one in _commands(parser):
        own = {n.partition(" ")[2]: v for n, v in names.items() if n.startswith(f"{command} ")}
        made[command] = _options(one, {**names, **own})
    return SHELLS[shell](made)


def _commands(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _options(parser: argparse.ArgumentParser, names: Mapping[str, Sequence[str]]) -> Options:
    found: dict[str, Sequence[str]] = {}
    for action in parser._actions:
        for option in action.option_strings or ([f"<{action.dest}>"] if action.choices else []):
            found[option] = list(map(str, action.choices or names.get(option.lstrip("-"), ())))
        if not action.option_strings and action.dest in names:
            found[f"<{action.dest}>"] = list(names[action.dest])
    return found


def _bash(commands: Mapping[str, Options]) -> str:
    cases = []
    for name, options in commands.items():
        lines = [
            f'      {option}) COMPREPLY=($(compgen -W "{" ".join(values)}" -- "$cur")); return;;'
            for option, values in options.items()
            if values and option.startswith("-")
        ]
        words = [option for option in options if option.startswith("-")]
        words += [v for option, values in options.items() if option[0] == "<" for v in values]
        end = f'      words="{" ".join(words)}";;'
        lines = [f"    {name})", '      case "$prev" in', *lines, "      esac", end]
        cases.append("\n".join(lines))
    return "\n".join(
        [
            "_salesmetrics() {",
            '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" words=""',
            "  COMPREPLY=()",
            '  if [ "$COMP_CWORD" -eq 1 ]; then',
            f'    COMPREPLY=($(compgen -W "{" ".join(commands)} --help --version" -- "$cur"))',
            "    return",
            "  fi",
            '  case "${COMP_WORDS[1]}" in',
            *cases,
            "  esac",
            '  COMPREPLY=($(compgen -W "$words" -- "$cur") $(compgen -f -- "$cur"))',
            "}",
            "complete -o filenames -F _salesmetrics salesmetrics",
        ]
    )


def _zsh(commands: Mapping[str, Options]) -> str:
    # Without its own completion, which a bare shell has not begun, it takes none of bash's.
    begin = "(( $+functions[compdef] )) || { autoload -U compinit && compinit }"
    return f"{begin}\nautoload -U +X bashcompinit && bashcompinit\n{_bash(commands)}"


def _fish(commands: Mapping[str, Options]) -> str:
    lines = [f"complete -c salesmetrics -n __fish_use_subcommand -f -a {name}" for name in commands]
    for name, options in commands.items():
        seen = f'complete -c salesmetrics -n "__fish_seen_subcommand_from {name}"'
        for option, values in options.items():
            listed = f' -x -a "{" ".join(values)}"' if values else ""
            if option.startswith("--"):
                lines.append(f"{seen} -l {option[2:]}{listed}")
            elif option.startswith("<"):
                lines.append(f'{seen} -a "{" ".join(values)}"')
    return "\n".join(lines)


SHELLS: Mapping[str, Callable[[Mapping[str, Options]], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}
