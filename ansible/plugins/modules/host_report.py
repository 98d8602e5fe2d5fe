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
  - Runs C(pommgr host report), which writes receipt and host lock, signed by the host's own key, and C(pommgr cluster
    record), which adds the signed entries of the rollouts that this host judged.
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
  description: Files of the report, below the directory, the receipt itself last.
  type: list
  elements: str
  returned: success
"""

import json
import os
import re
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program


def read(path):
    with open(path) as stream:
        return json.load(stream)


def names_in(directory):
    """Returns the files of a report, relative to its directory."""
    names = []
    for place, directories, files in os.walk(os.path.join(directory, "receipts")):
        names += [os.path.relpath(os.path.join(place, name), directory) for name in files]
    return sorted(names)


def content(directory):
    """Returns what a report says, without its times and without the digest of the lock, which follows the lock's time."""
    said = []
    for name in names_in(directory):
        if name.startswith("receipts/rollouts/"):
            said.append(name)
        elif name.endswith(".json"):
            left_out = ("created",) if name.endswith(".lock.json") else ("time", "lock")
            document = read(os.path.join(directory, name))
            said.append(dict((key, value) for key, value in document.items() if key not in left_out))
    return said


def is_receipt(name):
    return re.match(r"receipts/[0-9a-f]{16}-\d{8}T\d{6}Z\.json$", name) is not None


def keep(fresh, directory):
    """Puts the new files there; the receipt itself comes last, so that readers see all of it or the old one."""
    new = names_in(fresh)
    for name in sorted(new, key=is_receipt):
        path = os.path.join(directory, name)
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path), 0o755)
        temporary = os.path.join(os.path.dirname(path), ".%s.tmp" % os.path.basename(name))
        shutil.copyfile(os.path.join(fresh, name), temporary)
        os.rename(temporary, path)
    for name in names_in(directory):
        if name not in new:
            os.unlink(os.path.join(directory, name))


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
        program.ask(module, ["cluster", "record", "--media", fresh])
        changed = refresh or content(fresh) != old
        if changed and not module.check_mode:
            keep(fresh, directory)
    finally:
        shutil.rmtree(fresh)
    module.exit_json(changed=changed, files=sorted(names_in(directory), key=is_receipt))


if __name__ == "__main__":
    main()
