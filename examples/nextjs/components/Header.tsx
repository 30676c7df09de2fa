"use client";

import Link from "next/link";
import { usePathname, useSearchParams } from "next/navigation";
import { wayIn } from "../lib/ways";

const PAGES = { "/": "fetch", "/use-chat": "useChat", "/sign-in": "You" };

/** The pages, and the way to the service; the address keeps it (`?way=cors`). */
export function Header() {
  const here = usePathname();
  const way = wayIn(useSearchParams());

  return (
    <header>
      <nav aria-label="Pages">
        {Object.entries(PAGES).map(([path, name]) => (
          <Link
            key={path}
            href={`${path}?way=${way}`}
            aria-current={path === here ? "page" : undefined}
          >
            {name}
          </Link>
        ))}
      </nav>
      <label className="way">
        Way
        <select
          value={way}
          onChange={(chosen) =>
            window.history.replaceState(null, "", `?way=${chosen.target.value}`)
          }
        >
          <option value="handler">route handler</option>
          <option value="rewrite">rewrite</option>
          <option value="cors">CORS</option>
        </select>
      </label>
    </header>
  );
}
