# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

"""Runs pommgr and the tools of the products on a node. Invariant: an answer that is not the expected document fails the
task; nothing is assumed in its place."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os

#: Where "pommgr signing-key trust", "pommgr apply" and the role host install the launcher.
LAUNCHER = "/usr/local/sbin/pommgr-media"

#: Arguments that every module of the collection has.
COMMON_ARGUMENTS = dict(executable=dict(type="path"))

#: Exit code of pommgr where another run holds the store, the cluster or a medium.
STATE = 8


def find_program(module):
    """Returns the path of pommgr on this node; fails where it has none."""
    found = installed_program(module)
    if found is None:
        module.fail_json(
            msg="Neither pommgr nor %s is on this node. The role pommgr.pommgr.host installs the launcher." % LAUNCHER
        )
    return found


def installed_program(module):
    """Returns the path of pommgr on this node, or null."""
    chosen = module.params.get("executable")
    return chosen or module.get_bin_path("pommgr") or (LAUNCHER if os.path.exists(LAUNCHER) else None)


def foresee_installation(module):
    """In check mode nothing more can be said of a host on which the launcher would be installed first."""
    if module.check_mode and installed_program(module) is None:
        module.exit_json(changed=True, msg="pommgr is not on this host yet. It would be installed, and then run.")


def ask(module, args, accept=(0,)):
    """Runs pommgr with --json and returns its exit code and document. Exit codes that are not accepted fail the task."""
    code, out, err = module.run_command([find_program(module)] + list(args) + ["--json", "--quiet"])
    document = _parse(out)
    if not isinstance(document, dict) or ("result" not in document and "error" not in document):
        module.fail_json(
            msg="pommgr %s did not answer with its JSON document (exit code %d)." % (" ".join(args), code),
            rc=code,
            stderr=err,
            stdout=out,
        )
    if code not in accept or "result" not in document:
        fail_with(module, code, document)
    for warning in document.get("warnings", []):
        module.warn("pommgr: %s" % warning)
    return code, document


def fail_with(module, code, document):
    """Fails the task with pommgr's own message and hints."""
    error = document.get("error") or dict(code="unknown", message="pommgr ended with exit code %d." % code, hints=[])
    lines = [error["message"]] + ["-> %s" % hint for hint in error.get("hints", [])]
    module.fail_json(msg="\n".join(lines), error=error, rc=code)


def run_tool(module, command, **options):
    """Runs a tool of the product; anything but exit code 0 fails the task."""
    code, out, err = module.run_command(command, **options)
    if code != 0:
        module.fail_json(
            msg="%s failed with exit code %d: %s" % (" ".join(command), code, (err or out).strip()), rc=code, stdout=out
        )
    return out


def ask_api(module, path):
    """Runs "pvesh get" and returns the parsed answer."""
    out = run_tool(module, ["pvesh", "get", path, "--output-format", "json"])
    answer = _parse(out)
    if answer is None:
        module.fail_json(msg="pvesh get %s did not answer with JSON." % path, stdout=out)
    return answer


def _parse(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def plan_lines(plan):
    """Returns apt's plan as one line a package, for --diff and for people."""
    lines = []
    for action in ("install", "upgrade", "downgrade", "remove"):
        for change in (plan or {}).get(action, []):
            lines.append(
                "%s %s %s -> %s" % (action, change.get("name"), change.get("from") or "-", change.get("to") or "-")
            )
    return sorted(lines)
