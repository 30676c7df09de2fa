"use server";

import { redirect } from "next/navigation";
import { check } from "./people";
import { forget, remember } from "./session";

/** Signs in who filled in the form; else says what is wrong. */
export async function signIn(_: string, form: FormData): Promise<string> {
  const user = check(String(form.get("name")), String(form.get("password")));
  if (!user) return "Name or password is wrong.";
  await remember(user);
  redirect("/");
}

export async function signOut(): Promise<void> {
  await forget();
  redirect("/sign-in");
}
