/** How a good file becomes a bad one: by octets, blind to its structure, and by elements, whose lengths are then written right again so that the change gets deeper. */
import { elementAt } from '../../server/pki/der.ts'
import { write } from '../../server/pki/der-write.ts'
import type { Random } from './random.ts'

interface Node {
  tag: number
  /** what stands before the children: the octet of unused bits in a BIT STRING */
  prefix: Buffer
  content: Buffer
  children: Node[] | undefined
}

/** A seed with its tree, taken apart once. */
export interface Seed {
  bytes: Buffer
  root: Node | undefined
  nodes: number
}

export function seedOf(bytes: Buffer): Seed {
  const root = treeOf(bytes, 0)
  return { bytes, root, nodes: root === undefined ? 0 : count(root) }
}

const count = (node: Node): number => 1 + (node.children ?? []).reduce((sum, child) => sum + count(child), 0)

function treeOf(bytes: Buffer, depth: number): Node | undefined {
  try {
    const element = elementAt(bytes)
    if (element.raw.length !== bytes.length || depth > 40) return undefined
    const { tag, content } = element
    const prefix = tag === 0x03 && content[0] === 0 ? content.subarray(0, 1) : Buffer.of()
    const inside = content.subarray(prefix.length)
    // strings of octets and bits often hold DER again
    const children = (tag & 0x20) !== 0 || ((tag === 0x03 || tag === 0x04) && inside.length > 4) ? childrenOf(inside, depth) : undefined
    return { tag, prefix: children === undefined ? Buffer.of() : prefix, content, children }
  } catch {
    return undefined
  }
}

function childrenOf(bytes: Buffer, depth: number): Node[] | undefined {
  const found: Node[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const { raw } = elementAt(bytes, offset)
    const node = treeOf(raw, depth + 1)
    if (node === undefined) return undefined
    found.push(node)
    offset += raw.length
  }
  return found
}

const encode = (node: Node): Buffer =>
  node.children === undefined ? write(node.tag, node.content) : write(node.tag, node.prefix, ...node.children.map(encode))

/** The tree with the node of this number, in the order of reading, replaced by whatever octets `change` gives. */
function replaced(root: Node, index: number, change: (node: Node) => Buffer): Buffer {
  let left = index
  const walk = (node: Node): Buffer => {
    if (left-- === 0) return change(node)
    return node.children === undefined ? write(node.tag, node.content) : write(node.tag, node.prefix, ...node.children.map(walk))
  }
  return walk(root)
}

const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81, 0x86, 0xa0, 0xa1, 0xa3, 0x1f, 0xff,
]
const INTEGERS = ['00', '01', 'ff', '80', '7fffffff', 'ffffffff', '00ffffffff', '7fffffffffffffffff', ''].map(hex => Buffer.from(hex, 'hex'))
const LENGTHS = ['80', '8100', '8180', '82ffff', '84ffffffff', '847fffffff', '8500ffffffff', 'ff', '00', '7f', '830000ff'].map(hex =>
  Buffer.from(hex, 'hex'),
)

type ByOctets = (bytes: Buffer, random: Random, other: Buffer) => Buffer
const byOctets: readonly ByOctets[] = [
  function flip(bytes, random) {
    const changed = Buffer.from(bytes)
    const index = random.below(bytes.length)
    changed[index] = (changed[index] ?? 0) ^ (1 << random.below(8))
    return changed
  },
  function set(bytes, random) {
    const changed = Buffer.from(bytes)
    for (let i = random.below(4); i >= 0; i--) changed[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)])
    return changed
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  function remove(bytes, random) {
    const at = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(32))])
  },
  function insert(bytes, random) {
    const at = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(16)), bytes.subarray(at)])
  },
  function splice(bytes, random, other) {
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))])
  },
  function hugeLength(bytes, random) {
    const at = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at + 1), random.pick(LENGTHS), bytes.subarray(at + 2)])
  },
  (bytes, random) => Buffer.concat([bytes, random.bytes(1 + random.below(64))]),
  function nest(bytes, random) {
    const depth = 1 + random.below(2000)
    const tag = random.pick([0x30, 0x31, 0xa0, 0x24])
    if (random.below(2) === 0) return Buffer.concat([Buffer.alloc(2 * depth, Buffer.of(tag, 0x80)), bytes])
    let inner: Buffer = bytes.length > 4000 ? bytes.subarray(0, 4000) : bytes
    for (let i = 0; i < Math.min(depth, 200); i++) inner = write(tag, inner)
    return inner
  },
]

type ByElement = (node: Node, random: Random, other: Node) => Buffer
const byElement: readonly ByElement[] = [
  function retag(node, random) {
    return write(random.pick(TAGS), encode(node).subarray(headerLength(encode(node))))
  },
  (node, random) => write(node.tag, random.bytes(random.below(40))),
  (node, random) => write(node.tag, random.pick(INTEGERS)),
  () => Buffer.of(),
  node => write(node.tag),
  function repeat(node, random) {
    const one = encode(node)
    return Buffer.concat(Array.from({ length: 2 + random.below(Math.min(200, Math.ceil(20_000 / one.length))) }, () => one))
  },
  (_, __, other) => encode(other),
  function graft(node, _, other) {
    return Buffer.concat([encode(node), encode(other)])
  },
  function reorder(node, random) {
    const children = node.children ?? []
    const at = random.below(children.length)
    return write(node.tag, node.prefix, ...[...children.slice(at), ...children.slice(0, at)].map(encode))
  },
  function flipInside(node, random) {
    const content = Buffer.from(encode(node).subarray(headerLength(encode(node))))
    if (content.length === 0) return write(node.tag, Buffer.of(1))
    const index = random.below(content.length)
    content[index] = (content[index] ?? 0) ^ (1 << random.below(8))
    return write(node.tag, content)
  },
  function longLength(node) {
    const content = encode(node).subarray(headerLength(encode(node)))
    return Buffer.concat([Buffer.of(node.tag, 0x84, 0, 0, content.length >> 8, content.length & 0xff), content])
  },
  function wrap(node, random) {
    return write(random.pick(TAGS), encode(node))
  },
  function swell(node, random) {
    return write(node.tag, Buffer.alloc(random.pick([300, 4000, 60_000]), random.below(256)))
  },
]

const headerLength = (der: Buffer): number => 2 + ((der[1] ?? 0) & 0x80 ? (der[1] ?? 0) & 0x7f : 0)

/** One bad file out of the seeds; several changes at times. */
export function mutate(seeds: readonly Seed[], random: Random): Buffer {
  const seed = random.pick(seeds)
  let bytes = seed.bytes
  if (seed.root !== undefined && random.below(5) < 3) {
    const other = nodeAt(random.pick(seeds).root ?? seed.root, random)
    const change = random.pick(byElement)
    bytes = replaced(seed.root, random.below(seed.nodes), node => change(node, random, other))
  } else bytes = random.pick(byOctets)(bytes, random, random.pick(seeds).bytes)
  for (let more = random.below(8); more >= 7 && bytes.length > 0; more--) bytes = random.pick(byOctets)(bytes, random, random.pick(seeds).bytes)
  return bytes
}

function nodeAt(root: Node, random: Random): Node {
  let node = root
  while (node.children !== undefined && node.children.length > 0 && random.below(4) > 0) node = random.pick(node.children)
  return node
}
