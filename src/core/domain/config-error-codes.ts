/** The part of the table of error codes (error-codes.ts) for what is wrong with a config, or with a file that an operator wrote. */
export const configErrorMeanings = {
  'config.advisories':
    'Security data is not there, is too old, or is about other Debian releases. Correct "advisories" in the config, or bring newer data.',
  'config.age-identity':
    "The host's age identity is damaged. Put it back from a copy, or make a new lock and have the keys packed again.",
  'config.age-recipient':
    'A host lock names something that is no age recipient. Make the lock again on the host.',
  'config.apt-root':
    'A directory under "aptRoots" has no apt that runs on this machine. Make it again, or remove the setting.',
  'config.apt-sources':
    "apt's sources on this machine cannot be read, or none of them can be mirrored. Correct them, or use a preset.",
  'config.architecture': 'A repository has nothing for an architecture of the config. Correct it.',
  'config.authFile': 'A file with a login is missing, malformed or readable by others. Correct it.',
  'config.baseline':
    'There is no such baseline, or it cannot be the base of the other. "pommgr baseline list" shows them.',
  'config.caFile': 'A file with CA certificates is missing or malformed. Correct it.',
  'config.clientCertificate': 'A client certificate or its key is missing or malformed. Correct it.',
  'config.closure':
    'A closure names a package that no mirror of its target has, or a host that the target is not for. Correct the config.',
  'config.component': 'A repository does not have a component of the config. Correct it.',
  'config.deb822': 'A file in deb822 format is malformed. Correct the line that is named.',
  'config.default-release':
    'APT::Default-Release of a host is not what pommgr can follow. Remove it from apt.conf.',
  'config.document': 'A JSON file is malformed or not the expected document. Take a good copy of it.',
  'config.engine': 'The config asks for what the chosen engine cannot do. Change the setting or the engine.',
  'config.extra': 'A file under "extras" is missing. Correct its path.',
  'config.glob': 'A package glob is malformed. Correct it.',
  'config.include': 'A name under "include" matches no package. Correct it, or name a real package.',
  'config.index': 'A repository lists no index in a form that can be read.',
  'config.invalid':
    'A value in the config is not what its schema asks for. Correct it at the line and column that are named.',
  'config.key-file':
    'A file with a subscription key is not private, or is none. Correct its mode or content.',
  'config.keyring':
    'A keyring is missing, unreadable or has no usable certificate. Install or name the right one.',
  'config.lock': 'A host lock is missing, malformed or ambiguous. Make it again on the host.',
  'config.medium':
    'A medium of Proxmox Offline Mirror cannot carry the baseline. Add its mirrors to the medium.',
  'config.mirror-key': 'Proxmox Offline Mirror has no subscription key of its own. Add one.',
  'config.mirror-state': 'What Proxmox Offline Mirror wrote on a medium is malformed. Sync the medium again.',
  'config.missing': 'No config was found. Run "pommgr init", or name one with --config.',
  'config.pom': "Proxmox Offline Mirror's config has no mirror that can be taken over. Use a preset.",
  'config.proxy': 'A proxy variable of the environment is no http:// or https:// URI. Correct it.',
  'config.public-key':
    'The key that signed subscription infos are checked with is missing or malformed. Copy it from a Proxmox host.',
  'config.receipt':
    'No trusted receipt names a usable base. Name a base with --since, or pack a full bundle.',
  'config.receipt-key':
    "The key of a host's reports is damaged, or a file is no such key. Take it from the host again.",
  'config.signing-key':
    'A signing key is missing, damaged, readable by others or of another kind. Name the right file.',
  'config.site': 'The config names no hosts. Add them under site.hosts.',
  'config.store': 'The path of a store has characters that apt or nginx cannot take. Use another path.',
  'config.subscription-info': 'A subscription info is malformed. Refresh the key on the online side.',
  'config.subscriptions':
    'There is no usable subscription info to pack. Look at "pommgr subscription status".',
  'config.syntax': 'The config is not valid YAML. Correct it at the line and column that are named.',
  'config.targets': 'The targets do not fit the mirrors. Correct them in the config.',
  'config.unreadable': 'The config cannot be read. Name the file, and run as a user who may read it.',
  'config.version': 'A file was written by a newer pommgr. Use that one.',
} as const;
