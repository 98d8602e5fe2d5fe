#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: host_report
short_description: Make a host's signed report
description:
  - Runs C(pommgr host report), which writes receipt and host lock, signed by the host's own key.
  - A report that says the same but for its time stays, unless I(refresh) is set.
options:
  executable:
    description: pommgr on the node. Default is C(pommgr), else the launcher C(/usr/local/sbin/pommgr-media).
    type: path
  directory:
    description: Directory on the host that holds this host's report and nothing else. The role collects it from there.
    type: path
    required: true
  refresh:
    description: Write a new report even where nothing changed, so that the online side sees its age.
    type: bool
    default: false
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Says whether a report would be written.
    support: full
  diff_mode:
    description: A report is signed data of a machine. No difference is shown.
    support: none
"""

EXAMPLES = r"""
- name: Make a report
  pommgr.pommgr.host_report:
    directory: /var/lib/pommgr-rollout/report
"""

RETURN = r"""
files:
  description: Files of the report, below the directory.
  type: list
  elements: str
  returned: success
"""

import json
import os
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program


def read(path):
    with open(path) as stream:
        return json.load(stream)


def names_in(directory):
    receipts = os.path.join(directory, "receipts")
    return sorted(os.listdir(receipts)) if os.path.isdir(receipts) else []


def content(directory):
    """Returns what a report says, without its times and without the digest of the lock, which follows the lock's time."""
    said = []
    for name in names_in(directory):
        if name.endswith(".json"):
            left_out = ("created",) if name.endswith(".lock.json") else ("time", "lock")
            document = read(os.path.join(directory, "receipts", name))
            said.append(dict((key, value) for key, value in document.items() if key not in left_out))
    return said


def keep(fresh, directory):
    """Puts the new files there; the receipt itself comes last, so that readers see all of it or the old one."""
    receipts = os.path.join(directory, "receipts")
    if not os.path.isdir(receipts):
        os.makedirs(receipts, 0o755)
    new = names_in(fresh)
    is_receipt = dict((name, name.endswith(".json") and not name.endswith(".lock.json")) for name in new)
    for name in sorted(new, key=lambda name: is_receipt[name]):
        temporary = os.path.join(receipts, ".%s.tmp" % name)
        shutil.copyfile(os.path.join(fresh, "receipts", name), temporary)
        os.rename(temporary, os.path.join(receipts, name))
    for name in names_in(directory):
        if name not in new:
            os.unlink(os.path.join(receipts, name))


def main():
    module = AnsibleModule(
        argument_spec=dict(
            program.COMMON_ARGUMENTS,
            directory=dict(type="path", required=True),
            refresh=dict(type="bool", default=False),
        ),
        supports_check_mode=True,
    )
    program.foresee_installation(module)
    directory, refresh = module.params["directory"], module.params["refresh"]
    old = content(directory)
    if module.check_mode and (refresh or not old):
        module.exit_json(changed=True, files=[])
    fresh = tempfile.mkdtemp(prefix="pommgr-report-")
    try:
        program.ask(module, ["host", "report", "--media", fresh])
        changed = refresh or content(fresh) != old
        if changed and not module.check_mode:
            keep(fresh, directory)
    finally:
        shutil.rmtree(fresh)
    module.exit_json(changed=changed, files=["receipts/%s" % name for name in names_in(directory)])


if __name__ == "__main__":
    main()
