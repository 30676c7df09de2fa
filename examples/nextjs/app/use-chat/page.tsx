"use client";

import dynamic from "next/dynamic";

const UseChat = dynamic(() => import("../../components/UseChat"), { ssr: false });

export default function Page() {
  return <UseChat />;
}
