#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: host_lock
short_description: Write down what is installed on a host
description:
  - Runs C(pommgr host lock). An existing file is replaced only where something but the time of the lock differs.
options:
  executable:
    description: pommgr on the node. Default is C(pommgr), else the launcher C(/usr/local/sbin/pommgr-media).
    type: path
  path:
    description: File of the lock. Its signature and the rebuild sheet lie beside it.
    type: path
    required: true
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Says whether the lock would be written.
    support: full
  diff_mode:
    description: Shows the packages whose version differs.
    support: full
"""

EXAMPLES = r"""
- name: Write the host lock
  pommgr.pommgr.host_lock:
    path: /var/lib/pommgr-rollout/host.lock.json
"""

RETURN = r"""
path:
  description: File of the lock.
  type: str
  returned: success
"""

import json
import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program


def without_time(lock):
    return dict((name, value) for name, value in lock.items() if name != "created")


def read_lock(path):
    """Returns the lock that is there; null where it is absent or no lock."""
    try:
        with open(path) as stream:
            return json.load(stream)
    except (IOError, OSError, ValueError):
        return None


def lines(lock):
    packages = (lock or {}).get("packages", [])
    return "".join("%s %s\n" % (entry["name"], entry["version"]) for entry in packages)


def main():
    module = AnsibleModule(
        argument_spec=dict(program.COMMON_ARGUMENTS, path=dict(type="path", required=True)),
        supports_check_mode=True,
    )
    program.foresee_installation(module)
    path = module.params["path"]
    before = read_lock(path)
    if module.check_mode and before is None:
        # The first lock of a host makes its age key, which check mode must not.
        module.exit_json(changed=True, path=path)
    now = program.ask(module, ["host", "lock"])[1]["result"]["lock"]
    changed = before is None or without_time(before) != without_time(now) or not os.path.exists(path + ".sig")
    if changed and not module.check_mode:
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path), 0o755)
        program.ask(module, ["host", "lock", "--output", path])
    diff = dict(before=lines(before), after=lines(now)) if changed else dict()
    module.exit_json(changed=changed, path=path, diff=diff)


if __name__ == "__main__":
    main()
