#!/usr/bin/python
# Copyright (c) pommgr contributors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: trusted_keys
short_description: Trust the operator's public signing keys on a host
description:
  - Puts each key into C(/etc/pommgr/trusted-keys.d), where pommgr and its launcher look for it.
  - Works before pommgr is on the host. Keys that are there already stay, and a distrusted one is not brought back.
options:
  keys:
    description: Texts of public Ed25519 keys in PEM, as C(pommgr signing-key create) writes them.
    type: list
    elements: str
    required: true
author:
  - pommgr contributors (@pommgr)
attributes:
  check_mode:
    description: Says which keys would be added.
    support: full
  diff_mode:
    description: Shows the key ids before and after.
    support: full
"""

EXAMPLES = r"""
- name: Trust the operator's key
  pommgr.pommgr.trusted_keys:
    keys: ["{{ lookup('ansible.builtin.file', 'signing-key.pub.pem') }}"]
"""

RETURN = r"""
key_ids:
  description: Ids of the keys.
  type: list
  elements: str
  returned: success
"""

import base64
import binascii
import hashlib
import os
import tempfile

from ansible.module_utils.basic import AnsibleModule

DIRECTORY = "/etc/pommgr/trusted-keys.d"
BEGIN, END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
#: SubjectPublicKeyInfo of Ed25519 (RFC 8410) up to the key itself.
PREFIX = binascii.unhexlify("302a300506032b6570032100")


def key_id(module, text):
    """Returns the first 16 digits of the fingerprint, which is the SHA-256 of the DER."""
    lines = [line.strip() for line in text.strip().splitlines()]
    try:
        if lines[0] != BEGIN or lines[-1] != END:
            raise ValueError("expected one public key in PEM")
        der = base64.b64decode("".join(lines[1:-1]))
        if not der.startswith(PREFIX) or len(der) != len(PREFIX) + 32:
            raise ValueError("expected an Ed25519 key")
    except (ValueError, IndexError, TypeError) as error:
        module.fail_json(msg="A key cannot be trusted: %s. Found: %.60s" % (error, text.strip()))
    return hashlib.sha256(der).hexdigest()[:16]


def write(path, text):
    handle, temporary = tempfile.mkstemp(dir=DIRECTORY)
    with os.fdopen(handle, "w") as stream:
        stream.write(text.strip() + "\n")
    os.chmod(temporary, 0o644)
    os.rename(temporary, path)


def main():
    module = AnsibleModule(
        argument_spec=dict(keys=dict(type="list", elements="str", required=True, no_log=False)),
        supports_check_mode=True,
    )
    keys = dict((key_id(module, text), text) for text in module.params["keys"])
    there = sorted(os.listdir(DIRECTORY)) if os.path.isdir(DIRECTORY) else []
    distrusted = [name for name in sorted(keys) if "%s.pem.distrusted" % name in there]
    if distrusted:
        module.fail_json(
            msg="This host distrusts %s. To trust it again, run \"pommgr signing-key trust\" there." % ", ".join(distrusted)
        )
    added = [name for name in sorted(keys) if "%s.pem" % name not in there]
    if added and not module.check_mode:
        if not os.path.isdir(DIRECTORY):
            os.makedirs(DIRECTORY, 0o755)
        for name in added:
            write(os.path.join(DIRECTORY, "%s.pem" % name), keys[name])
    trusted = [name[:-4] for name in there if name.endswith(".pem")]
    diff = dict(
        before="".join("%s\n" % name for name in sorted(trusted)),
        after="".join("%s\n" % name for name in sorted(trusted + added)),
    )
    module.exit_json(changed=bool(added), key_ids=sorted(keys), diff=diff)


if __name__ == "__main__":
    main()
