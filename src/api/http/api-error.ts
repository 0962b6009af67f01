import { describeError, isEstibaError } from "../../lib/error.ts";

/** An answer that is an error in itself, with its status: what no verb of the engine has a word for. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** 400: what the client sent makes no sense. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, message);
}

/** Reads what the client has sent: what is damaged in it is its own fault, 400. */
export async function fromClient<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isEstibaError(error, "corrupt")) throw badRequest(describeError(error));
    throw error;
  }
}
