const NativeView = DataView;

/**
 * Memory that only a `DataView` can read. Two typed arrays on one buffer would show the bits of NaN, which differ between runs
 * of the same code.
 */
class OpaqueBuffer {
  readonly #bytes: ArrayBuffer;

  constructor(length: unknown) {
    this.#bytes = new ArrayBuffer(Number(length));
  }

  static bytesOf(buffer: OpaqueBuffer): ArrayBuffer {
    return buffer.#bytes;
  }

  static isOpaque(value: unknown): value is OpaqueBuffer {
    return typeof value === 'object' && value !== null && #bytes in value;
  }

  static isView(value: unknown): boolean {
    return ArrayBuffer.isView(value) || OpaqueView.isOpaque(value);
  }

  get byteLength(): number {
    return this.#bytes.byteLength;
  }

  slice(start?: number, end?: number): OpaqueBuffer {
    const part = this.#bytes.slice(start ?? 0, end);
    const copy = new OpaqueBuffer(part.byteLength);
    new Uint8Array(copy.#bytes).set(new Uint8Array(part));
    return copy;
  }

  /** The constructor of a typed array asks for it. */
  get [Symbol.iterator](): never {
    throw new TypeError('a typed array cannot be created on a buffer: read the buffer through a DataView');
  }
}

class OpaqueView {
  readonly #view: DataView;
  readonly #buffer: OpaqueBuffer;

  constructor(buffer: unknown, offset?: number, length?: number) {
    if (!OpaqueBuffer.isOpaque(buffer)) throw new TypeError('a DataView is created on an ArrayBuffer');
    this.#buffer = buffer;
    this.#view = new NativeView(OpaqueBuffer.bytesOf(buffer), offset, length);
  }

  static viewOf(view: OpaqueView): DataView {
    return view.#view;
  }

  static isOpaque(value: unknown): value is OpaqueView {
    return typeof value === 'object' && value !== null && #view in value;
  }

  get buffer(): OpaqueBuffer {
    return this.#buffer;
  }

  get byteOffset(): number {
    return this.#view.byteOffset;
  }

  get byteLength(): number {
    return this.#view.byteLength;
  }
}

/** Whether a value has memory that cannot be frozen. */
export function isOpaqueMemory(value: unknown): boolean {
  return OpaqueBuffer.isOpaque(value) || OpaqueView.isOpaque(value);
}

/** `ArrayBuffer` and `DataView` of the realm. */
export function opaqueBuffers(): { readonly ArrayBuffer: object; readonly DataView: object } {
  for (const name of Object.getOwnPropertyNames(NativeView.prototype)) {
    if (!/^[gs]et(?:Big)?(?:Int|Uint|Float)/.test(name)) continue;
    const native: unknown = Reflect.get(NativeView.prototype, name);
    if (typeof native !== 'function') continue;
    const isFloat = name.startsWith('setFloat');
    const method = {
      [name](this: OpaqueView, offset: number, ...rest: readonly unknown[]): unknown {
        const [value, ...more] = rest;
        const args = isFloat ? [offset, oneNaN(Number(value)), ...more] : [offset, ...rest];
        return Reflect.apply(native, OpaqueView.viewOf(this), args);
      },
    };
    Object.defineProperty(OpaqueView.prototype, name, {
      value: method[name],
      writable: true,
      configurable: true,
    });
  }
  Object.defineProperty(OpaqueBuffer, 'name', { value: 'ArrayBuffer' });
  Object.defineProperty(OpaqueView, 'name', { value: 'DataView' });
  return { ArrayBuffer: OpaqueBuffer, DataView: OpaqueView };
}

function oneNaN(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value;
}
