/** A tool for the model, in the form that Z.AI wants it. It runs in the browser. */
export const CLOCK_TOOL = {
  type: "function",
  function: {
    name: "get_local_time",
    description: "What time is it now in a time zone",
    parameters: {
      type: "object",
      properties: {
        time_zone: {
          type: "string",
          description: "IANA name",
          enum: ["Europe/Berlin", "Asia/Tokyo", "America/New_York", "UTC"],
        },
      },
      required: ["time_zone"],
    },
  },
};

/** Throws a RangeError for a time zone that does not exist. */
export function localTime({ time_zone }: { time_zone: string }): string {
  return new Date().toLocaleString("en", {
    timeZone: time_zone,
    dateStyle: "full",
    timeStyle: "short",
  });
}
