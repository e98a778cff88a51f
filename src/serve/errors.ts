// What goes wrong in the shape of OpenAI's errors: status, type, code and the parameter that is at fault. An error of the house becomes a
// 400 where the request caused it (its media, its messages) and a 500 without details otherwise.
import { type ErrorFacts, VideorftError } from '../base/errors.ts';

export interface ApiFailure extends ErrorFacts {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 416 | 422 | 429 | 500 | 503 | 504;
  /** Where in the body the fault is: 'messages.0.content.1'. */
  readonly param?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const types: Partial<Record<ApiFailure['status'], string>> = {
  401: 'authentication_error',
  408: 'timeout_error',
  429: 'rate_limit_error',
  500: 'server_error',
  503: 'server_error',
  504: 'timeout_error',
};

export class ApiError extends VideorftError {
  readonly status: ApiFailure['status'];
  readonly param: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, failure: ApiFailure) {
    super(message, failure);
    this.status = failure.status;
    this.param = failure.param;
    this.headers = failure.headers ?? {};
  }

  /** The body that OpenAI's clients read. */
  get body() {
    const message = this.fix === undefined ? this.message : `${this.message} (${this.fix})`;
    return {
      error: {
        message,
        type: types[this.status] ?? 'invalid_request_error',
        param: this.param ?? null,
        code: this.code,
      },
    };
  }
}

/** A fault of the request. */
export const badRequest = (message: string, code: string, param?: string, fix?: string): ApiError =>
  new ApiError(message, { status: 400, code, param, fix });

/** A fault of the request, as the reward protocols' clients expect it. */
export const unprocessable = (message: string, code: string, param?: string, fix?: string): ApiError =>
  new ApiError(message, { status: 422, code, param, fix });

/** Codes of the house that a request can cause. */
const causedByRequest = /^(media-(?!native|encode|worker)|prompt-|vision-|chat-template)/;

/** Any error as an answer. What is not the request's fault is told without details; `report` gets it whole. */
export function toApiError(error: unknown, report: (error: unknown) => void): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof VideorftError && causedByRequest.test(error.code))
    return new ApiError(error.message, { status: 400, code: error.code, fix: error.fix, cause: error });
  report(error);
  return new ApiError('the server failed to answer this request', { status: 500, code: 'server-failed', cause: error });
}
