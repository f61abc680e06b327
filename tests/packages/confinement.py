"""What AppArmor's profile would say of each file that a process uses, where no
kernel with AppArmor is at hand: the rules, as apparmor_parser has read them,
and the files, as strace has seen them."""

import re

# a path in strace's output: an argument, or what a descriptor stands for
PATH = re.compile(r'"(/[^"]*)"')
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?")
DESCRIPTOR = re.compile(r"^\d+<(/[^>]*)>")


class Rule:
    """Permissions for the files that a pattern stands for."""

    def __init__(self, qualifiers, pattern, permissions, variables):
        self.denies = "deny" in qualifiers
        self.permissions = set(permissions) - set("xiupc")
        self.text = f"{' '.join(qualifiers)} {pattern} {permissions}".strip()
        self.regexes = [re.compile(_regex(path))
                        for path in _expanded(pattern, variables)]

    def is_for(self, path):
        return any(regex.fullmatch(path) for regex in self.regexes)


def _expanded(text, variables):
    """The text with each of the values of the variables in it."""
    found = re.search(r"@\{([\w_]+)\}", text)
    if not found:
        return [re.sub("//+", "/", text)]
    return [way for value in variables[found[1]] for way in _expanded(
        text[:found.start()] + value + text[found.end():], variables)]


def _regex(pattern):
    """A pattern of AppArmor's (apparmor.d(5), Globbing) as a regular
    expression."""
    made, depth, at = "", 0, 0
    while at < len(pattern):
        # what ends with a slash is a folder; a * behind one needs a name
        some = "+" if made.endswith("/") and at and \
            pattern[at:] in ("*", "**") else "*"
        if pattern.startswith("**", at):
            made += "." + some
            at += 1
        elif pattern[at] == "*":
            made += "[^/]" + some
        elif pattern[at] == "?":
            made += "[^/]"
        elif pattern[at] == "{":
            made += "(?:"
            depth += 1
        elif pattern[at] == "}":
            made += ")"
            depth -= 1
        elif pattern[at] == "," and depth:
            made += "|"
        elif pattern[at] == "[":
            end = pattern.index("]", at)
            made += pattern[at:end + 1]
            at = end
        else:
            made += re.escape(pattern[at])
        at += 1
    return made


class Profile:
    """The rules for files of a profile; text: what `apparmor_parser
    --preprocess` prints."""

    def __init__(self, text):
        variables, self.rules, self.capabilities = {}, [], set()
        for line in text.splitlines():
            line = re.sub(r"(^|\s)#.*", "", line).strip()
            if set_to := re.fullmatch(r"@\{(\w+)\}\s*\+?=\s*(.*)", line):
                variables.setdefault(set_to[1], []).extend(
                    value.strip('"') for value in set_to[2].split())
            elif capability := re.fullmatch(r"capability (.*),", line):
                self.capabilities.update(capability[1].split())
            elif rule := re.fullmatch(
                    r'((?:(?:audit|deny|owner|allow) +)*)'
                    r'"?([/@][^\s"]*)"?\s+([a-zA-Z]+),', line):
                self.rules.append(Rule(rule[1].split(), rule[2], rule[3],
                                       variables))

    def allows(self, path, permissions):
        allowed = set()
        for rule in self.rules:
            if rule.is_for(path):
                if rule.denies and rule.permissions & set(permissions):
                    return False
                if not rule.denies:
                    allowed |= rule.permissions
        return set(permissions) <= allowed


# a file for each thread, as in one file calls of several cut each other up
STRACE = ["strace", "-ff", "-y", "-s", "4096", "-e",
          "trace=%file,mmap,bind,connect,fchmod,fchown,flock,fcntl", "-o"]


def _opened(arguments):
    if "O_PATH" in arguments:
        return ""
    kinds = {"O_WRONLY": "w", "O_RDWR": "rw"}
    found = next((kinds[kind] for kind in kinds if kind in arguments), "r")
    return found + ("w" if "O_CREAT" in arguments and "w" not in found else "")


def uses(trace):
    """From the traces, the pairs of path and permissions that AppArmor is asked
    for. A folder's path ends with a slash. What is looked for and not there
    counts as read, as it would be if it were there."""
    found = set()
    for line in trace.splitlines():
        call = CALL.match(line)
        if not call:
            continue
        name, arguments, status, target = call.groups()
        paths = PATH.findall(arguments)
        failed = int(status) < 0
        if name in ("open", "openat") and paths:
            path = paths[0] if failed else target
            if "O_DIRECTORY" in arguments:
                path = path.rstrip("/") + "/"
            found.add((path, _opened(arguments)))
        elif name == "mmap" and "PROT_EXEC" in arguments:
            for path in re.findall(r"\d+<(/[^>]*)>", arguments):
                found.add((path, "mr"))
        elif name in ("flock", "fcntl") and \
                re.search("LOCK_|F_(OFD_)?SETLK", arguments):
            found.add((DESCRIPTOR.match(arguments)[1], "k"))
        elif name in ("bind", "connect"):
            found.update((path, "rw") for path in
                         re.findall(r'sun_path="(/[^"]*)"', arguments))
        elif name in ("fchmod", "fchown"):
            if at := DESCRIPTOR.match(arguments):
                found.add((at[1], "w"))
        elif name.startswith(("chmod", "chown", "lchown", "fchmodat",
                              "fchownat", "unlink", "truncate", "mk",
                              "rmdir")):
            found.update((path, "w") for path in paths)
        elif name.startswith("rename"):
            found.update(zip(paths, ("rw", "w")))
        elif failed and "stat" in name or name.startswith("access"):
            found.update((path, "r") for path in paths)
    return {(path, wanted) for path, wanted in found if wanted}
