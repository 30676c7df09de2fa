"use client";

import dynamic from "next/dynamic";

// A chat begins empty: there is nothing in it that a server could render.
const FetchChat = dynamic(() => import("../components/FetchChat"), { ssr: false });

export default function Page() {
  return <FetchChat />;
}
