"""Signs standard input with the only Ed25519 key of a running ssh-agent, and writes the raw signature (RFC 8709)."""

import os
import socket
import struct
import sys


def text(data):
    return struct.pack('>I', len(data)) + data


def take(data):
    size = struct.unpack('>I', data[:4])[0]
    return data[4 : 4 + size], data[4 + size :]


def ask(agent, message):
    agent.sendall(text(message))
    reply = b''
    while len(reply) < 4 or len(reply) < 4 + struct.unpack('>I', reply[:4])[0]:
        reply += agent.recv(65536)
    return reply[4:]


with socket.socket(socket.AF_UNIX) as agent:
    agent.connect(os.environ['SSH_AUTH_SOCK'])
    listed = ask(agent, b'\x0b')
    if listed[:1] != b'\x0c' or listed[1:5] != b'\0\0\0\1':
        sys.exit('expected an agent with one key')
    key = take(listed[5:])[0]
    reply = ask(agent, b'\x0d' + text(key) + text(sys.stdin.buffer.read()) + struct.pack('>I', 0))
    if reply[:1] != b'\x0e':
        sys.exit('the agent does not sign')
    kind, rest = take(take(reply[1:])[0])
    if kind != b'ssh-ed25519':
        sys.exit('the key is not of the kind ssh-ed25519')
    sys.stdout.buffer.write(take(rest)[0])
