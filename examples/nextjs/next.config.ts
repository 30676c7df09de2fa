import type { NextConfig } from "next";

// Read when `next build` (or `next dev`) runs: it is part of what is built.
const CHAT_URL = process.env.CHAT_URL ?? "http://127.0.0.1:8000";

const config: NextConfig = {
  allowedDevOrigins: ["127.0.0.1"], // `next dev` expects http://localhost:3000
  async rewrites() {
    return [
      { source: "/api/chat", destination: `${CHAT_URL}/api/chat` },
      // For who comes back for an answer, and to stop one
      { source: "/api/chat/:path+", destination: `${CHAT_URL}/api/chat/:path+` },
    ];
  },
};

export default config;
