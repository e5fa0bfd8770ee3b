import { open } from "../../lib/page";
import Page from "./Page.svelte";

void open(Page);
