"use client";

import { useActionState } from "react";
import { signIn } from "../lib/signIn";

export function SignIn() {
  const [problem, submit, waiting] = useActionState(signIn, "");
  return (
    <form action={submit} className="sign-in">
      <label>
        Name <input name="name" autoComplete="username" required maxLength={30} />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      {problem && <p role="alert">{problem}</p>}
      <button disabled={waiting}>Sign in</button>
    </form>
  );
}
