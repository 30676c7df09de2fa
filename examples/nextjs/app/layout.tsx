import type { Metadata, Viewport } from "next";
import { Suspense, type ReactNode } from "react";
import { Header } from "../components/Header";
import "./globals.css";

export const metadata: Metadata = {
  title: "zai-chat-django with Next.js",
  description: "A chat with Z.AI's GLM models, behind zai-chat-django.",
};

export const viewport: Viewport = {
  colorScheme: "light dark",
  interactiveWidget: "resizes-content", // the keyboard of a phone covers nothing
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        {/* It reads the address, which is not known when the page is built. */}
        <Suspense fallback={<header />}>
          <Header />
        </Suspense>
        {children}
      </body>
    </html>
  );
}
