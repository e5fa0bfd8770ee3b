/** What a problem+json (RFC 9457) of the server says, and what to do about it. */
export interface ProblemBody {
  code?: string;
  title?: string;
  detail?: string;
  /** The field it is about, as a JSON pointer. */
  field?: string;
  errors?: { pointer?: string; message?: string }[];
  [extra: string]: unknown;
}

/** An answer that is no success, or the lack of one (`network_unreachable`, `answer_late`). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly body: ProblemBody;
  readonly retryAfterMs: number | null;

  constructor(status: number, body: ProblemBody, retryAfterMs: number | null = null) {
    super(body.detail ?? body.title ?? "");
    this.status = status;
    this.code = body.code ?? `http_${status}`;
    this.detail = body.detail ?? "";
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }

  /** The same request may succeed later without the person changing anything. */
  get passing(): boolean {
    return [0, 429, 502, 503, 504].includes(this.status) && this.code !== "too_many_attempts";
  }
}

/** Whatever was thrown, as a problem; what is none is a defect of ours and thrown on. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  throw thrown;
}
