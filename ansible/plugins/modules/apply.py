#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: apply
short_description: Switch a host's APT to the baseline of a bundle
description:
  - Runs C(pommgr apply), which checks the whole bundle, stores it and switches apt in one step.
  - Nothing is installed or upgraded. A run that was interrupted is finished or undone by the next one.
options:
  executable:
    description: pommgr on the node. Default is C(pommgr), else the launcher C(/usr/local/sbin/pommgr-media).
    type: path
  media:
    description: Mount points of the medium, or of a set of media. Give this or I(source).
    type: list
    elements: path
    default: []
  source:
    description: Address or directory of another host's store. Give this or I(media).
    type: str
  bundle:
    description: Name of the bundle or, with I(source), of the baseline. Default is the highest of the host's track.
    type: str
  target:
    description: Target to apply, where several fit the host.
    type: str
  allow_older:
    description: Apply a baseline that is older than the newest applied so far.
    type: bool
    default: false
  accept_gaps:
    description: Apply even if the baseline cannot serve this host as it is now.
    type: bool
    default: false
  switch_track:
    description: Apply a baseline of another track than before.
    type: bool
    default: false
  all_targets:
    description: Store the files of all targets, so that other hosts can use this store.
    type: bool
    default: false
  keys_pending:
    description: In check mode, whether signing keys would be trusted first. Until then no medium can be checked.
    type: bool
    default: false
  lock_timeout:
    description: Seconds to wait for another run of pommgr on this host, for instance one whose connection broke.
    type: int
    default: 600
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: C(pommgr apply --dry-run) checks the whole medium and changes nothing.
    support: full
  diff_mode:
    description: Shows the applied baseline and what a dist-upgrade would change, before and after.
    support: full
"""

EXAMPLES = r"""
- name: Switch apt to the newest baseline of the medium
  pommgr.pommgr.apply:
    media: [/mnt/usb]
"""

RETURN = r"""
baseline:
  description: Name and digest of the baseline.
  type: dict
  returned: success
plan:
  description: What C(apt-get dist-upgrade) would change afterwards, one line a package.
  type: list
  elements: str
  returned: success
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program

FLAGS = ("allow_older", "accept_gaps", "switch_track", "all_targets")


def arguments(params):
    args = ["apply"]
    for directory in params["media"]:
        args += ["--media", directory]
    if params["source"]:
        args += ["--from", params["source"]]
    for name in ("bundle", "target"):
        if params[name]:
            args += ["--%s" % name, params[name]]
    return args + ["--%s" % name.replace("_", "-") for name in FLAGS if params[name]]


def host_status(module):
    """Returns what "pommgr status" says of this host; null before the first apply."""
    code, document = program.ask(module, ["status"], accept=(0, 1))
    return document["result"]["host"]


def is_settled(status, baseline):
    """Returns whether the host has this baseline already, and apt sees it."""
    if status is None or status["applied"] is None or status["applied"]["digest"] != baseline["digest"]:
        return False
    return not (status["problems"] or status["interrupted"] or status["otherSources"])


def seen(name, plan):
    return "\n".join(["baseline %s" % name] + plan) + "\n"


def run_apply(module, args):
    """Waits where another run holds the store."""
    deadline = time.time() + module.params["lock_timeout"]
    while True:
        code, document = program.ask(module, args, accept=(0, program.STATE))
        if code == 0:
            return document["result"]
        if document["error"]["code"] != "state.locked" or time.time() > deadline:
            program.fail_with(module, code, document)
        time.sleep(2)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            program.COMMON_ARGUMENTS,
            media=dict(type="list", elements="path", default=[]),
            source=dict(type="str"),
            bundle=dict(type="str"),
            target=dict(type="str"),
            allow_older=dict(type="bool", default=False),
            accept_gaps=dict(type="bool", default=False),
            switch_track=dict(type="bool", default=False),
            all_targets=dict(type="bool", default=False),
            keys_pending=dict(type="bool", default=False),
            lock_timeout=dict(type="int", default=600),
        ),
        supports_check_mode=True,
    )
    program.foresee_installation(module)
    if module.check_mode and module.params["keys_pending"]:
        module.exit_json(changed=True, msg="The medium can be checked once the signing keys are trusted.")
    if bool(module.params["media"]) == bool(module.params["source"]):
        module.fail_json(msg="Give either media or source.")
    before = host_status(module)
    args = arguments(module.params)
    result = run_apply(module, args + ["--dry-run"] if module.check_mode else args)
    changed = not is_settled(before, result["baseline"]) if module.check_mode else result["outcome"] == "applied"
    applied = before["applied"] if before else None
    plan = program.plan_lines(result["plan"])
    diff = dict(
        before=seen(applied["baseline"] if applied else "none", program.plan_lines(before["plan"] if before else None)),
        after=seen(result["baseline"]["name"], plan),
    )
    module.exit_json(
        changed=changed, diff=diff if changed else dict(), baseline=result["baseline"], outcome=result["outcome"], plan=plan
    )


if __name__ == "__main__":
    main()
