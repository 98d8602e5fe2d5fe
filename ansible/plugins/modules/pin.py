#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: pin
short_description: Hold packages to the versions of the applied baseline
description:
  - Runs C(pommgr pin), which writes apt preferences of priority 990.
options:
  executable:
    description: pommgr on the node. Default is C(pommgr), else the launcher C(/usr/local/sbin/pommgr-media).
    type: path
  scope:
    description: Which packages are held. With C(none) the pins are removed.
    type: str
    required: true
    choices: [installed, proxmox, all, none]
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Says whether the scope differs from the present one.
    support: full
  diff_mode:
    description: Shows the scope before and after.
    support: full
"""

EXAMPLES = r"""
- name: Hold Proxmox's packages
  pommgr.pommgr.pin:
    scope: proxmox
"""

RETURN = r""" # """

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program


def main():
    module = AnsibleModule(
        argument_spec=dict(
            program.COMMON_ARGUMENTS,
            scope=dict(type="str", required=True, choices=["installed", "proxmox", "all", "none"]),
        ),
        supports_check_mode=True,
    )
    program.foresee_installation(module)
    scope = module.params["scope"]
    host = program.ask(module, ["status"], accept=(0, 1))[1]["result"]["host"]
    pins = host["pins"] if host else None
    before = pins["scope"] if pins else "none"
    changed = before != scope
    if changed and not module.check_mode:
        program.ask(module, ["pin", "--remove"] if scope == "none" else ["pin", "--scope", scope])
    module.exit_json(changed=changed, diff=dict(before="pins: %s\n" % before, after="pins: %s\n" % scope))


if __name__ == "__main__":
    main()
