#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: services_back
short_description: Wait until the services of the products on a host run
description:
  - Looks at the units of Proxmox VE, Proxmox Backup Server and Proxmox Mail Gateway that the host has.
  - For hosts outside of a cluster. In a cluster the gate before the next node judges.
options:
  timeout:
    description: Seconds to wait.
    type: int
    default: 300
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Nothing is changed.
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
"""

EXAMPLES = r"""
- name: Wait until the host is back
  pommgr.pommgr.services_back:
"""

RETURN = r"""
units:
  description: Units of products that the host has.
  type: list
  elements: str
  returned: success
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule

UNITS = (
    ("pve-cluster", "pvedaemon", "pveproxy", "pvestatd")
    + ("proxmox-backup", "proxmox-backup-proxy")
    + ("pmgdaemon", "pmgproxy", "pmgmirror", "pmgpolicy")
)
#: Where packages install their units.
DIRECTORIES = ("/usr/lib/systemd/system", "/lib/systemd/system")


def is_active(module, unit):
    return module.run_command(["systemctl", "is-active", "--quiet", unit])[0] == 0


def main():
    module = AnsibleModule(argument_spec=dict(timeout=dict(type="int", default=300)), supports_check_mode=True)
    files = ["%s.service" % unit for unit in UNITS]
    units = [name for name in files if any(os.path.exists(os.path.join(place, name)) for place in DIRECTORIES)]
    units = [unit for unit in units if module.run_command(["systemctl", "is-enabled", "--quiet", unit])[0] == 0]
    deadline = time.time() + module.params["timeout"]
    while True:
        away = [unit for unit in units if not is_active(module, unit)]
        if not away:
            module.exit_json(changed=False, units=units)
        if time.time() > deadline:
            module.fail_json(msg="These services do not run: %s." % ", ".join(away))
        time.sleep(2)


if __name__ == "__main__":
    main()
