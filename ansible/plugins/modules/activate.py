#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: activate
short_description: Activate a host's subscription keys from a medium
description:
  - Runs C(pommgr subscription activate). A key that is active already stays, and a failed activation is put back.
options:
  executable:
    description: pommgr on the node. Default is C(pommgr), else the launcher C(/usr/local/sbin/pommgr-media).
    type: path
  media:
    description: Mount point of the medium. Default is what was activated last, as the store kept it.
    type: path
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: C(--dry-run) checks everything and says what would change.
    support: full
  diff_mode:
    description: Shows the outcome of each product. Keys are never shown.
    support: full
"""

EXAMPLES = r"""
- name: Activate the keys of this host
  pommgr.pommgr.activate:
    media: /mnt/usb
"""

RETURN = r"""
products:
  description: Outcome by product.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pommgr.pommgr.plugins.module_utils import program


def main():
    module = AnsibleModule(
        argument_spec=dict(program.COMMON_ARGUMENTS, media=dict(type="path")),
        supports_check_mode=True,
    )
    program.foresee_installation(module)
    args = ["subscription", "activate"]
    args += ["--media", module.params["media"]] if module.params["media"] else []
    args += ["--dry-run"] if module.check_mode else []
    result = program.ask(module, args)[1]["result"]
    products = dict((entry["product"], entry["outcome"]) for entry in result["products"])
    acted = ("activated", "would-activate")
    changed = any(outcome in acted for outcome in products.values())
    after = "".join("%s %s\n" % (name, products[name]) for name in sorted(products))
    module.exit_json(changed=changed, products=products, diff=dict(before="", after=after) if changed else dict())


if __name__ == "__main__":
    main()
